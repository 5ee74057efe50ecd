using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>More than two nodes, a process each: equal after all wrote at once, after one was away, and after one came later.</summary>
public sealed class ThreeNodes
{
    const int Enough = 2000;

    [Fact]
    public async Task All_write_the_same_keys_one_is_away_and_comes_back()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Load.Tables, 15, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await using var load = new Load(cluster, seed: 3);

        load.Start();
        await load.ReachAsync(Enough);
        await load.StopAsync();
        await bridges.WaitCaughtUpAsync(60);
        await load.RequireWholeAsync();

        // Its database alone: the bridge stays and finds it again.
        await cluster.Servers[2].StopAsync(immediate: true);
        load.Start(0, 1);
        await load.ReachAsync(2 * Enough);
        await cluster.Servers[2].StartAgainAsync();
        await load.ReachAsync(load.Committed + Enough);
        await load.StopAsync();
        await bridges.WaitCaughtUpAsync(60);
        await load.RequireWholeAsync();
    }

    [Fact]
    public async Task A_node_added_later_is_refused_while_it_differs_and_then_joins()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE item (id int PRIMARY KEY, name text)", 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item SELECT i, 'old' FROM generate_series(1, 100) i");
        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item SELECT i, 'old' FROM generate_series(101, 200) i");
        await cluster.WaitCaughtUpAsync();
        await cluster.Servers[0].ExecuteAsync(
            BridgeCluster.Database, "DELETE FROM item WHERE id % 10 = 0; UPDATE item SET name = 'new' WHERE id % 10 = 1");
        await cluster.WaitCaughtUpAsync();

        await cluster.AddNodeAsync(15);
        var refused = await BridgeProcess.RunAsync("apply", "--yes", "-c", cluster.ConfigFile);
        Assert.Equal(7, refused.ExitCode);
        Assert.Contains("ap can't join", refused.Error, StringComparison.Ordinal);
        Assert.Contains("public.item: eu has 180 rows", refused.Error, StringComparison.Ordinal);
        Assert.Null(await cluster.Servers[2].ScalarAsync<string>(
            BridgeCluster.Database, "SELECT nspname::text FROM pg_namespace WHERE nspname = 'kafkabridge'"));

        Assert.Contains("180 rows", await cluster.CommandAsync("apply", "--yes", "--copy-from", "eu"), StringComparison.Ordinal);
        bridges.Start(2);
        await bridges.WaitCaughtUpAsync(60); // it reads the whole log first
        await cluster.Servers[2].ExecuteAsync(
            BridgeCluster.Database, "INSERT INTO item VALUES (1000, 'ap'); DELETE FROM item WHERE id = 2");
        await cluster.Servers[0].ExecuteAsync(
            BridgeCluster.Database, "INSERT INTO item VALUES (1001, 'eu'); DELETE FROM item WHERE id = 3");
        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "UPDATE item SET name = 'us' WHERE id = 4");
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            ["4|us", "1000|ap", "1001|eu"],
            await cluster.Servers[2].TextAsync(
                BridgeCluster.Database, "SELECT * FROM item WHERE id IN (2, 3, 4) OR id >= 1000 ORDER BY id"));
    }
}
