using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>The generated SQL where vacuum has truncated the commit times of rows that changes still to come may meet.</summary>
[Trait("Kafka", "none")]
public sealed class VersionUnknownTests
{
    const string Database = "app";
    const string Tables =
        "CREATE TABLE public.t (id int PRIMARY KEY, v text); CREATE TABLE public.u (id int PRIMARY KEY, place text UNIQUE)";
    const long Base = 425_000_000_000; // in November 2023

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task What_may_be_later_than_a_change_is_kept_and_noted_or_stops_its_origin(int version)
    {
        await using var server = await PostgresServer.StartAsync(version);
        await using var applied = await AppliedDatabase.CreateAsync(server, Database, Tables);
        await server.ExecuteAsync(Database, "INSERT INTO t VALUES (1, 'before')");
        await server.ExecuteAsync(Database, "UPDATE kafkabridge.node SET mark = pg_current_xact_id()::xid");
        var user = await XidAsync(server, "INSERT INTO t VALUES (6, 'user')");
        var top = await XidAsync(server, "SAVEPOINT s; INSERT INTO t VALUES (7, 'user')");
        await ApplyAsync(1, 10, new(1, "c", "(2,one)"), new(1, "c", "(3,one)"), new(1, "c", "(4,one)"), new(2, "c", "(1,x)"));
        await ApplyAsync(2, 20, new AppliedChange(1, "c", "(5,two)"));
        await ForgetAsync(server);

        await FailsAsync("40001", ApplyAsync(1, 15, new AppliedChange(1, "u", "(2,later)")));
        await applied.NoticeLossAsync();
        await ApplyAsync(1, 15, new(1, "u", "(1,later)"), new(1, "u", "(2,later)"), new(1, "d", "(3,)"));
        await ApplyAsync(1, 21, new AppliedChange(1, "u", "(4,above)"));
        await FailsAsync("55000", ApplyAsync(2, 20, new AppliedChange(1, "t", null)));
        await FailsAsync("55000", ApplyAsync(2, 20, new AppliedChange(2, "c", "(2,x)")));
        await server.ExecuteAsync(Database, "UPDATE u SET place = place");
        await ApplyAsync(2, 20, new AppliedChange(2, "c", "(2,x)"));

        // Own ones: a delete of what another node may have written; two rows whose versions the log has, one after a savepoint.
        await OwnAsync(30, new(1, "d", "(5,)"), 1);
        await OwnAsync(31, new(1, "v", "(6,user)"), user);
        await OwnAsync(32, new(1, "v", "(7,user)"), top);
        Assert.Equal(
            ["1|later", "2|one", "3|one", "4|above", "5|two", "6|user", "7|user"],
            await server.TextAsync(Database, "SELECT * FROM t ORDER BY id"));
        Assert.Equal(["1|x"], await server.TextAsync(Database, "SELECT * FROM u"));
        Assert.Equal(
            ["2|version_unknown|keep_local|error|1", "3|version_unknown|keep_local|error|1", "5|version_unknown|keep_local|error|0"],
            await server.TextAsync(
                Database,
                "SELECT replica_identity->>'id', conflict_type, resolution, resolver, remote_writer FROM kafkabridge.conflict "
                + "WHERE relname = 't' ORDER BY 1")); // a tick's changes are made kind by kind
        Assert.Equal(
            [$"(6)|{Base + 31}"], await server.TextAsync(Database, "SELECT key, tick FROM kafkabridge.row_version WHERE writer = 0"));
        Assert.Equal(Base + 32, await server.ScalarAsync<long>(Database, "SELECT lost_tick FROM kafkabridge.node"));

        Task ApplyAsync(int writer, long tick, params AppliedChange[] changes) =>
            applied.ApplyAsync(writer, [new AppliedTransaction(Base + tick, changes)]);

        Task OwnAsync(long tick, AppliedChange change, uint xid) =>
            applied.ApplyAsync(0, [new AppliedTransaction(Base + tick, [change]) { Xid = xid }]);
    }

    static async Task FailsAsync(string state, Task applying) =>
        Assert.Equal(state, (await Assert.ThrowsAsync<PostgresException>(() => applying)).SqlState);

    static async Task<uint> XidAsync(PostgresServer server, string sql)
    {
        await using var connection = await server.ConnectAsync(Database);
        await using var command = new NpgsqlCommand($"BEGIN; SELECT pg_current_xact_id()::xid; {sql}; COMMIT", connection);
        return (uint)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>All rows of all databases are frozen, and the server drops the commit times of what is older.</summary>
    static async Task ForgetAsync(PostgresServer server)
    {
        await server.ExecuteAsync("postgres", "ALTER DATABASE template0 ALLOW_CONNECTIONS true");
        foreach (var database in (string[])["template0", "template1", "postgres", Database])
        {
            await server.ExecuteAsync(database, "VACUUM (FREEZE)");
        }

        Assert.Equal(
            0, await server.ScalarAsync<long>(Database, "SELECT count(pg_xact_commit_timestamp(xmin)) FROM t"));
    }
}
