using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W11: a backlog of one-row transactions, each commit flushed, of one node and of two nodes together, applied by a third: each origin
/// has a writing session of its own there.
/// </summary>
static class SeveralOrigins
{
    const int Clients = 4;
    const int PerOrigin = 60_000;
    const int Target = 2;

    static readonly string[] Tables = ["w3a", "w3b"];

    public static async Task<IReadOnlyList<Figure>> RunAsync(string bootstrapServers, int version)
    {
        await using var cluster = await Setup.ClusterAsync(bootstrapServers, version, nodes: Target + 1);
        await using var bridges = new BridgePerNode(cluster);
        bridges.Start(0);
        bridges.Start(1);
        await MeasureAsync(cluster, bridges, 1); // what is young everywhere
        return [await MeasureAsync(cluster, bridges, 1), await MeasureAsync(cluster, bridges, 2)];
    }

    static async Task<Figure> MeasureAsync(BridgeCluster cluster, BridgePerNode bridges, int origins)
    {
        var written = await Task.WhenAll(Enumerable.Range(0, origins).Select(node => WriteAsync(cluster.Servers[node], Tables[node])));
        for (var node = 0; node < Target; node++)
        {
            await BridgePair.ConfirmedAsync(cluster.Servers[node]);
        }

        await cluster.Servers[Target].ExecuteAsync(Setup.Database, "CHECKPOINT");
        bridges.Start(Target);
        var spans = await Task.WhenAll(written.Select((ids, node) => SpanAsync(cluster.Servers[Target], Tables[node], ids)));
        var seconds = Stopwatch.GetElapsedTime(spans.Min(span => span.Begun), spans.Max(span => span.Ended)).TotalSeconds;
        var cpu = Usage.CpuSeconds(bridges.ProcessId(Target));
        await BridgePair.ConfirmedAsync(cluster.Servers[Target]);
        await bridges.StopAsync(Target);
        return new Figure(
            $"W11 origins {origins}", "tx/s", origins * PerOrigin / seconds, ("seconds", seconds), ("targetCpu", cpu));
    }

    /// <returns>The first and the last id written.</returns>
    static async Task<(long First, long Last)> WriteAsync(PostgresServer server, string table)
    {
        var first = 1 + await server.ScalarAsync<long>(Setup.Database, $"SELECT COALESCE(max(id), 0) FROM {table}");
        await Pgbench.RunScriptsAsync(
            server, Setup.Database, "", [$"INSERT INTO {table} (value, note) VALUES (1, 'what a short note would be')"],
            ["--protocol", "prepared", "--client", Text(Clients), "--transactions", Text(PerOrigin / Clients)]);
        return (first, await server.ScalarAsync<long>(Setup.Database, $"SELECT max(id) FROM {table}"));
    }

    static async Task<(long Begun, long Ended)> SpanAsync(PostgresServer target, string table, (long First, long Last) ids)
    {
        await using var watch = await Watch.OpenAsync(target);
        return (await watch.SeenAsync(table, ids.First), await watch.SeenAsync(table, ids.Last));
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
