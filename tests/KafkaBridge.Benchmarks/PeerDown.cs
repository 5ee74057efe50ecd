using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W6: pgbench's TPC-B at the source while the peer takes nothing: the most WAL that was not confirmed at any moment, beside all that
/// was written; and how long the peer is behind when it is back.
/// </summary>
static class PeerDown
{
    const double Mebibyte = 1024 * 1024;

    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Pair pair, int seconds)
    {
        await pair.StartAsync();
        await pair.StopApplyingAsync();
        await pair.CheckpointAsync();
        var before = await BytesAsync(pair, "pg_current_wal_lsn() - '0/0'");
        var writing = Pgbench.RunAsync(
            pair.Source, Setup.Database, "--no-vacuum", "--client", "4", "--time", seconds.ToString(CultureInfo.InvariantCulture));
        using var timer = new PeriodicTimer(Look);
        var most = 0.0;
        while (!writing.IsCompleted)
        {
            most = Math.Max(most, await BytesAsync(pair, "max(pg_current_wal_lsn() - confirmed_flush_lsn)", "FROM pg_replication_slots"));
            await timer.WaitForNextTickAsync();
        }

        var perSecond = PgbenchReport.PerSecond(await writing);
        var written = await BytesAsync(pair, "pg_current_wal_lsn() - '0/0'") - before;
        await using var watch = await Watch.OpenAsync(pair.Target);
        var last = await pair.Source.ScalarAsync<long>(Setup.Database, "INSERT INTO mark DEFAULT VALUES RETURNING id");
        await pair.StartApplyingAsync();
        var back = Stopwatch.GetTimestamp();
        var seen = await watch.SeenAsync("mark", last);
        await pair.StopAsync();
        return
        [
            new Figure("W6 WAL kept", "MiB", most / Mebibyte, ("writtenMiB", written / Mebibyte), ("sourceTps", perSecond)),
            new Figure("W6 until level", "s", Stopwatch.GetElapsedTime(back, seen).TotalSeconds),
        ];
    }

    static async Task<double> BytesAsync(Pair pair, string what, string from = "") =>
        await pair.Source.ScalarAsync<double>(Setup.Database, $"SELECT COALESCE(({what})::float8, 0) {from}");
}
