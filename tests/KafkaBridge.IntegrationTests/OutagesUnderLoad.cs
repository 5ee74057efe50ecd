using System.Diagnostics;
using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// What a bridge needs goes away while every node is written to, and comes back: the bridge, which nobody touches, goes on
/// by itself; no row is lost, none applied twice.
/// </summary>
public sealed class OutagesUnderLoad
{
    const int Enough = 1000;

    static readonly TimeSpan BrokerAway = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Crossing = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_server_that_crashes_is_taken_up_again_and_the_others_go_on_meanwhile()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Load.Tables, 15, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run(); // all three in one process
        await using var load = new Load(cluster, seed: 5);
        load.Start();
        await RunsAsync(cluster, load);

        await cluster.Servers[0].StopAsync(immediate: true);
        await load.ReachAsync(load.Committed + Enough);
        await Task.WhenAll(CrossesAsync(cluster, from: 1, to: 2), CrossesAsync(cluster, from: 2, to: 1));

        await cluster.Servers[0].StartAgainAsync();
        var there = await LastAsync(cluster, 0, writer: 0);
        await Eventually.TrueAsync(async () => await LastAsync(cluster, 0, writer: 0) > there, "the crashed node's own writer goes on");
        await load.ReachAsync(load.Committed + Enough);
        await EndsWellAsync(cluster, bridge, load);
    }

    [Fact]
    public async Task A_broker_that_stands_still_and_one_that_is_killed_are_waited_for()
    {
        await using var kafka = await TestKafka.StartOwnAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Load.Tables, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run();
        await using var load = new Load(cluster, seed: 6);
        load.Start();
        await RunsAsync(cluster, load);

        await kafka.PauseBrokerAsync(1);
        await WhileAwayAsync(load);
        await kafka.ResumeBrokerAsync(1);
        await load.ReachAsync(load.Committed + Enough);
        await EndsWellAsync(cluster, bridge, load); // each by itself: a backlog of both would say nothing of either

        load.Start();
        await load.ReachAsync(load.Committed + Enough);
        await kafka.KillBrokerAsync(1);
        await WhileAwayAsync(load);
        await kafka.RestartBrokerAsync(1);
        await load.ReachAsync(load.Committed + Enough);
        await EndsWellAsync(cluster, bridge, load);

        await kafka.KillBrokerAsync(1);
        Assert.Equal(0, await bridge.StopAsync()); // a last commit that can't be made holds nobody up
    }

    /// <summary>All nodes publish and apply: a bridge that only starts ends with a sentence where something is away.</summary>
    static async Task RunsAsync(BridgeCluster cluster, Load load)
    {
        await load.ReachAsync(Enough);
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            await ArrivesAsync(cluster, written: 0, from: node, to: (node + 1) % cluster.Servers.Count);
        }
    }

    /// <summary>The writers go on for as long as the broker is away.</summary>
    static async Task WhileAwayAsync(Load load)
    {
        var start = Stopwatch.GetTimestamp();
        var before = load.Committed;
        await Eventually.TrueAsync(
            () => load.Committed >= before + Enough && Stopwatch.GetElapsedTime(start) >= BrokerAway,
            "writers that no broker holds up",
            BrokerAway + Crossing);
    }

    /// <summary>What one node has written by now arrives at the other.</summary>
    static async Task CrossesAsync(BridgeCluster cluster, int from, int to) =>
        await ArrivesAsync(cluster, await LastAsync(cluster, from, writer: from), from, to);

    static Task ArrivesAsync(BridgeCluster cluster, int written, int from, int to) =>
        Eventually.TrueAsync(
            async () => await LastAsync(cluster, to, writer: from) >= written,
            $"row {written} of {BridgeCluster.NodeName(from)} on {BridgeCluster.NodeName(to)}",
            Crossing);

    /// <summary>A writer's last row as a node has it: transactions come in their origin's order.</summary>
    static Task<int> LastAsync(BridgeCluster cluster, int at, int writer) =>
        cluster.Servers[at].ScalarAsync<int>(BridgeCluster.Database, $"SELECT coalesce(max(n), -1) FROM ledger WHERE node = {writer}");

    static async Task EndsWellAsync(BridgeCluster cluster, BridgeProcess bridge, Load load)
    {
        await load.StopAsync();
        try
        {
            await cluster.WaitCaughtUpAsync(300);
            await load.RequireWholeAsync();
            Assert.False(bridge.HasExited);
        }
        catch (Exception failure)
        {
            var status = await BridgeProcess.RunAsync("status", "-c", cluster.ConfigFile, "-o", "json");
            throw new InvalidOperationException(
                $"{failure.Message}\n--- the bridge said:\n{bridge.Error}\n--- its status:\n{status.Output}{status.Error}", failure);
        }
    }
}
