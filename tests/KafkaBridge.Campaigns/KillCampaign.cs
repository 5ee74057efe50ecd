using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Kills a bridge by SIGKILL at a random moment under load, again and again: while it starts, and after it has published
/// and applied. Then no row may be lost, none applied twice, the nodes must be equal, and the conflict history true.
/// </summary>
public static class KillCampaign
{
    const int WhileStarting = 400;
    const int AtWork = 1500;

    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">A row was lost or doubled, or the nodes differ.</exception>
    public static async Task<string> RunAsync(int times, int seed, int nodes, int version, Action<string> progress)
    {
        var random = new Random(seed);
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, Load.Tables, [.. Enumerable.Repeat(version, nodes)]);
        await cluster.CommandAsync("apply", "--yes");
        var knowledge = await KnowledgeCheck.BeginAsync(cluster);
        var since = await Task.WhenAll(Enumerable.Range(0, nodes).Select(node => NodeProgress.ReadAsync(cluster, node)));
        await using var bridges = BridgePerNode.Start(cluster);

        await using var load = new Load(cluster, seed);
        load.Start();
        var atWork = 0;
        for (var kill = 1; kill <= times; kill++)
        {
            var victim = random.Next(nodes);
            var works = random.Next(4) > 0;
            if (works)
            {
                await bridges.EventuallyAsync(
                    async () => (await NodeProgress.ReadAsync(cluster, victim)).IsBeyond(since[victim]),
                    $"{BridgeCluster.NodeName(victim)} publishes and applies",
                    TimeSpan.FromSeconds(120));
                atWork++;
            }

            var until = load.Committed + random.Next(works ? AtWork : WhileStarting);
            await load.ReachAsync(until);
            await bridges.KillAsync(victim);
            since[victim] = await NodeProgress.ReadAsync(cluster, victim);
            bridges.Start(victim);
            progress(string.Create(
                CultureInfo.InvariantCulture,
                $"kill {kill} of {times}: {BridgeCluster.NodeName(victim)} {(works ? "at work" : "while starting")}, {until} commits"));
        }

        var committed = await load.StopAsync();
        var drained = Stopwatch.StartNew();
        await bridges.WaitCaughtUpAsync(300);
        var seconds = drained.Elapsed.TotalSeconds;
        await load.RequireWholeAsync();
        var history = await ConflictCheck.VerifyAsync(cluster);
        var known = await knowledge.VerifyAsync();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"kills: {times} kills ({atWork} at work, the others while starting), seed {seed}, {nodes} nodes on PostgreSQL {version}: "
            + $"{committed} transactions, drained in {seconds:F1} s, 0 lost, 0 twice, nodes equal, {known}, "
            + $"{history}");
    }
}
