using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>
/// A peer's bridge and database are off while the other node writes: what the source keeps of its WAL must stay small, as
/// Kafka keeps the changes. When the peer is back it catches up to equality.
/// </summary>
public static class RetentionCampaign
{
    const long Mebibyte = 1024 * 1024;
    const long MostBehindConfirmed = 64 * Mebibyte;
    const long MostBehindRestart = 32 * Mebibyte;

    /// <summary>Rows of 1 kB in one transaction.</summary>
    const int RowsAtOnce = 90;

    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan RestartDeadline = TimeSpan.FromSeconds(30);

    /// <param name="rate">Mebibytes of WAL a second; 0: as fast as one session can.</param>
    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">The source kept too much WAL, or the nodes differ.</exception>
    public static async Task<string> RunAsync(int mebibytes, int rate, int version)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers,
            "CREATE TABLE filled (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL)",
            version,
            version);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(1);
        await cluster.Servers[1].StopAsync();

        var samples = SlotSamples.Start(cluster.Servers[0]);
        var writing = Stopwatch.StartNew();
        await WriteAsync(cluster.Servers[0], mebibytes * Mebibyte, rate * Mebibyte);
        writing.Stop();
        var settling = Stopwatch.StartNew();
        await Eventually.TrueAsync(
            async () => (await SlotSamples.NowAsync(cluster.Servers[0])).Restart <= MostBehindRestart,
            $"restart_lsn at most {MostBehindRestart / Mebibyte} MiB behind",
            RestartDeadline);
        settling.Stop();
        var most = await samples.StopAsync();

        await cluster.Servers[1].StartAgainAsync();
        bridges.Start(1);
        var draining = Stopwatch.StartNew();
        await bridges.WaitCaughtUpAsync(600);
        draining.Stop();
        await cluster.RequireEqualAsync("filled");

        var summary = string.Create(
            CultureInfo.InvariantCulture,
            $"retention: {mebibytes} MiB of WAL in {writing.Elapsed.TotalSeconds:F0} s on PostgreSQL {version} while the peer was off: "
            + $"confirmed_flush_lsn at most {most.Confirmed / (double)Mebibyte:F1} MiB behind, restart_lsn within "
            + $"{MostBehindRestart / Mebibyte} MiB {settling.Elapsed.TotalSeconds:F0} s after the last write; "
            + $"the peer caught up in {draining.Elapsed.TotalSeconds:F0} s, nodes equal");
        return most.Confirmed <= MostBehindConfirmed ? summary : throw new InvalidOperationException(summary);
    }

    static async Task WriteAsync(PostgresServer server, long bytes, long perSecond)
    {
        await using var connection = await server.ConnectAsync(BridgeCluster.Database);
        await using var insert = new NpgsqlCommand(
            $"INSERT INTO filled (payload) SELECT repeat(md5(random()::text), 32) FROM generate_series(1, {RowsAtOnce})", connection);
        await using var position = new NpgsqlCommand("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint", connection);
        var start = (long)(await position.ExecuteScalarAsync())!;
        using var pace = new PeriodicTimer(Pace);
        for (var round = 1; ; round++)
        {
            var due = perSecond == 0 ? bytes : Math.Min(bytes, (long)(round * perSecond * Pace.TotalSeconds));
            while ((long)(await position.ExecuteScalarAsync())! - start is var written && written < due)
            {
                await insert.ExecuteNonQueryAsync();
            }

            if (due == bytes)
            {
                return;
            }

            await pace.WaitForNextTickAsync();
        }
    }
}
