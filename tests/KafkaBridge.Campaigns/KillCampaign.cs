using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Kills a bridge by SIGKILL at a random moment under load, again and again; then no row may be lost, none applied
/// twice, and the nodes must be equal.
/// </summary>
public static class KillCampaign
{
    const int LongestRun = 400;

    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">A row was lost or doubled, or the nodes differ.</exception>
    public static async Task<string> RunAsync(int times, int seed, int nodes, int version, Action<string> progress)
    {
        var random = new Random(seed);
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, Load.Tables, [.. Enumerable.Repeat(version, nodes)]);
        await cluster.CommandAsync("apply", "--yes");
        var bridges = new BridgeProcess[nodes];
        for (var node = 0; node < nodes; node++)
        {
            bridges[node] = cluster.Run(node);
        }

        await using var load = new Load(cluster, seed);
        load.Start();
        for (var kill = 1; kill <= times; kill++)
        {
            var victim = random.Next(nodes);
            var until = load.Committed + random.Next(LongestRun);
            await Eventually.TrueAsync(() => Task.FromResult(load.Committed >= until), $"{until} commits", TimeSpan.FromSeconds(60));
            await bridges[victim].KillAsync();
            await bridges[victim].DisposeAsync();
            bridges[victim] = cluster.Run(victim);
            progress(string.Create(CultureInfo.InvariantCulture, $"kill {kill} of {times}: {BridgeCluster.NodeName(victim)} after {until} commits"));
        }

        var committed = await load.StopAsync();
        await cluster.WaitCaughtUpAsync(300);
        var summary = await CompareAsync(cluster, committed);
        foreach (var bridge in bridges)
        {
            await bridge.DisposeAsync();
        }

        return string.Create(CultureInfo.InvariantCulture, $"kills: {times} kills, seed {seed}, {nodes} nodes on PostgreSQL {version}: {summary}");
    }

    static async Task<string> CompareAsync(BridgeCluster cluster, int committed)
    {
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            foreach (var table in new[] { "ledger", "hot" })
            {
                var (first, here) = (await cluster.ChecksumAsync(0, table), await cluster.ChecksumAsync(node, table));
                Require(first == here, $"{table} differs: {BridgeCluster.NodeName(0)} {first}, {BridgeCluster.NodeName(node)} {here}");
            }

            var rows = await cluster.Servers[node].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM ledger");
            var arrived = await cluster.Servers[node].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM audit.arrived");
            Require(rows == committed, $"{BridgeCluster.NodeName(node)} holds {rows} rows of {committed} committed");
            Require(arrived == committed, $"{BridgeCluster.NodeName(node)} saw {arrived} arrivals of {committed} rows");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{committed} transactions, 0 lost, 0 twice, nodes equal");
    }

    static void Require(bool condition, string sentence)
    {
        if (!condition)
        {
            throw new InvalidOperationException(sentence);
        }
    }
}
