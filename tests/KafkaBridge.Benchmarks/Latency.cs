using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>W1: 100 inserts a second, each stamped by the source's commit time and by an ENABLE ALWAYS trigger on the peer.</summary>
static class Latency
{
    const int PerSecond = 100;
    const int WarmUpSeconds = 5;

    public static async Task<IReadOnlyList<Figure>> RunAsync(Pair pair, int seconds)
    {
        await pair.StartAsync();
        await InsertAsync(pair.Source, WarmUpSeconds);
        var from = await pair.Source.ScalarAsync<long>(Setup.Database, "SELECT max(id) FROM w1");
        var (sourceBefore, targetBefore) = (pair.Usage().SourceCpu, pair.Usage().TargetCpu);
        await InsertAsync(pair.Source, seconds);
        var last = await pair.Source.ScalarAsync<long>(Setup.Database, "SELECT max(id) FROM w1");
        await using (var watch = await Watch.OpenAsync(pair.Target))
        {
            await watch.SeenAsync("w1", last);
        }

        var usage = pair.Usage();
        await pair.StopAsync();
        var sent = await TimesAsync(pair.Source, $"SELECT id, pg_xact_commit_timestamp(xmin) FROM w1 WHERE id > {from}");
        var arrived = await TimesAsync(pair.Target, $"SELECT id, at FROM bench.arrived WHERE id > {from}");
        var milliseconds = sent.Select(one => (arrived[one.Key] - one.Value) / 1000.0).Order().ToArray();
        (string, double)[] details =
        [
            ("samples", milliseconds.Length), ("max", milliseconds[^1]), ("sourceCpu", usage.SourceCpu - sourceBefore),
            ("targetCpu", usage.TargetCpu - targetBefore), ("sourcePeakMiB", usage.SourcePeak), ("targetPeakMiB", usage.TargetPeak),
        ];
        return
        [
            new Figure("W1 p50", "ms", milliseconds[milliseconds.Length / 2], details),
            new Figure("W1 p99", "ms", milliseconds[milliseconds.Length * 99 / 100]),
        ];
    }

    static Task InsertAsync(PostgresServer server, int seconds) =>
        Pgbench.RunScriptsAsync(
            server, Setup.Database, "", ["INSERT INTO w1 (note) VALUES ('what a short note would be')"],
            ["--protocol", "prepared", "--rate", Text(PerSecond), "--time", Text(seconds)]);

    static async Task<Dictionary<long, long>> TimesAsync(PostgresServer server, string sql)
    {
        var rows = await server.TextAsync(
            Setup.Database, $"SELECT id, (extract(epoch FROM at) * 1000000)::bigint FROM ({sql}) AS t (id, at)");
        return rows.Select(row => row.Split('|')).ToDictionary(row => Number(row[0]), row => Number(row[1]));
    }

    static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
