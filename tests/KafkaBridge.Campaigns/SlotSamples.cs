using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>Bytes of WAL from what a slot has confirmed, and from what the server must keep for it, to the WAL's end.</summary>
readonly record struct SlotLag(long Confirmed, long Restart);

/// <summary>Looks at a server's slot five times a second and keeps the most that was seen.</summary>
sealed class SlotSamples
{
    const string Sql =
        """
        SELECT (pg_current_wal_insert_lsn() - confirmed_flush_lsn)::bigint, (pg_current_wal_insert_lsn() - restart_lsn)::bigint
        FROM pg_replication_slots WHERE slot_name LIKE 'kafkabridge%'
        """;

    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    readonly Task<SlotLag> sampling;
    volatile bool stopping;

    SlotSamples(PostgresServer server) => sampling = SampleAsync(server);

    public static SlotSamples Start(PostgresServer server) => new(server);

    public static async Task<SlotLag> NowAsync(PostgresServer server)
    {
        await using var connection = await server.ConnectAsync(BridgeCluster.Database);
        return await ReadAsync(connection);
    }

    /// <returns>The most of each.</returns>
    public Task<SlotLag> StopAsync()
    {
        stopping = true;
        return sampling;
    }

    async Task<SlotLag> SampleAsync(PostgresServer server)
    {
        await using var connection = await server.ConnectAsync(BridgeCluster.Database);
        using var timer = new PeriodicTimer(Every);
        var most = default(SlotLag);
        while (!stopping)
        {
            var lag = await ReadAsync(connection);
            most = new SlotLag(Math.Max(most.Confirmed, lag.Confirmed), Math.Max(most.Restart, lag.Restart));
            await timer.WaitForNextTickAsync();
        }

        return most;
    }

    static async Task<SlotLag> ReadAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new SlotLag(reader.GetInt64(0), reader.GetInt64(1))
            : throw new InvalidOperationException("the server has no slot of a bridge");
    }
}
