using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Postgres.Tests;

public sealed class WalStreamTests
{
    const string Database = "shop";
    const string Slot = "kafkabridge_test";
    const int Rows = 20;

    [Fact]
    public async Task What_gathers_wakes_nobody_until_somebody_listens_and_then_all_of_it_is_there()
    {
        await using var server = await StartAsync(15);
        await using var control = await server.ConnectAsync(Database);
        var (stream, read) = await OpenAsync(server, control);
        await using var open = stream;
        await stream.PrepareGatheringAsync(control, CancellationToken.None);
        stream.Gather();
        for (var id = 1; id <= Rows; id++)
        {
            await server.ExecuteAsync(Database, $"INSERT INTO t VALUES ({id})");
            var end = await server.ScalarAsync<string>(Database, "SELECT pg_current_wal_insert_lsn()::text");
            await Eventually.TrueAsync(
                () => server.ScalarAsync<bool>(Database, $"SELECT sent_lsn >= '{end}' FROM pg_stat_replication"), $"row {id} is sent");
        }

        Assert.False(read.IsCompleted); // all is in this process's socket
        stream.Listen();
        var inserts = 0;
        while (inserts < Rows)
        {
            Assert.True(await read.WaitAsync(Eventually.DefaultDeadline));
            inserts += stream.Message.Span[0] == 'I' ? 1 : 0;
            read = stream.ReadAsync();
        }
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(18, true)]
    public async Task What_a_stream_may_do_is_known_after_the_server_has_ended_it(int version, bool mayLeaveOut)
    {
        await using var server = await StartAsync(version);
        await using var control = await server.ConnectAsync(Database);
        var (stream, read) = await OpenAsync(server, control);
        await using var open = stream;

        await server.ExecuteAsync(Database, $"SELECT pg_terminate_backend({stream.ProcessId})");
        var failure = await Assert.ThrowsAsync<PostgresException>(() => read.WaitAsync(Eventually.DefaultDeadline));

        Assert.Equal(PostgresErrorCodes.AdminShutdown, failure.SqlState);
        Assert.Equal(mayLeaveOut, stream.MayLeaveOut);
        await stream.SendStatusAsync(CancellationToken.None);
    }

    static async Task<PostgresServer> StartAsync(int version)
    {
        var server = await PostgresServer.StartAsync(version);
        await server.CreateDatabaseAsync(Database);
        await server.ExecuteAsync(
            Database,
            $"""
            CREATE TABLE t (id int PRIMARY KEY);
            CREATE PUBLICATION {SqlIdentifier.Quote(Publication.Keyed)} FOR TABLE t;
            CREATE PUBLICATION {SqlIdentifier.Quote(Publication.Inserts)};
            """);
        return server;
    }

    static async Task<(WalStream Stream, Task<bool> Read)> OpenAsync(PostgresServer server, NpgsqlConnection control)
    {
        await ReplicationSlot.CreateAsync(control, Slot, CancellationToken.None);
        var stream = await WalStream.OpenAsync(server.ConnectionString(Database), Slot, null, CancellationToken.None);
        var read = stream.ReadAsync();
        await Eventually.TrueAsync(
            () => server.ScalarAsync<bool>(Database, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')"),
            "the stream has begun");
        return (stream, read);
    }
}
