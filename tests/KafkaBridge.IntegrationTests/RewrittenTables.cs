using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>ALTER TABLE writes every row again, with a new xmin: what each row was before must still decide.</summary>
public sealed class RewrittenTables
{
    const string Rewrite = "ALTER TABLE item ALTER v TYPE text USING v || ''";

    [Theory]
    [InlineData(15, 18)]
    [InlineData(18, 15)]
    public async Task A_table_is_rewritten_while_another_node_s_changes_are_on_their_way(int one, int other)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE item (id int PRIMARY KEY, v text)", one, other);
        await cluster.CommandAsync("apply", "--yes");
        await SqlAsync(cluster, 0, "INSERT INTO item SELECT i, 'first' FROM generate_series(1, 9) AS i");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);

        // Rows 1, 2 and 3: the other node's alone, eu's after it, eu's before it. Then eu rewrites, and writes rows 4 and 5 with it.
        await SqlAsync(cluster, 0, "UPDATE item SET v = 'eu' WHERE id = 3");
        await SqlAsync(cluster, 1, "UPDATE item SET v = 'us' WHERE id IN (1, 2, 3, 4, 5); DELETE FROM item WHERE id IN (6, 7)");
        await SqlAsync(cluster, 0, "UPDATE item SET v = 'eu' WHERE id IN (2, 7)");
        await SqlAsync(
            cluster, 0,
            $"BEGIN; UPDATE item SET v = 'eu' WHERE id = 4; SAVEPOINT s; {Rewrite}; UPDATE item SET v = 'eu' WHERE id = 5; COMMIT");
        await SqlAsync(cluster, 1, $"UPDATE item SET v = 'us' WHERE id = 8; {Rewrite}");
        bridges.Start(0);
        bridges.Start(1);
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            ["1|us", "2|eu", "3|us", "4|eu", "5|eu", "7|eu", "8|us", "9|first"],
            await cluster.Servers[0].TextAsync(BridgeCluster.Database, "SELECT id, v FROM item ORDER BY id"));
    }

    [Fact]
    public async Task A_counter_s_table_is_rewritten_and_the_sum_is_exact()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE counter (id int PRIMARY KEY, n int, note text)", 15, 18);
        await cluster.ConfigureAsync("conflicts: { tables: { public.counter: { \"*\": last_update_wins, n: delta } } }");
        await cluster.CommandAsync("apply", "--yes");
        await SqlAsync(cluster, 0, "INSERT INTO counter VALUES (1, 0, ''), (2, 0, '')");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);
        const string RewriteIt = "ALTER TABLE counter ALTER n TYPE int USING n + 0";
        await SqlAsync(cluster, 0, "UPDATE counter SET n = n + 1");
        await SqlAsync(cluster, 1, $"UPDATE counter SET n = n + 10; {RewriteIt}");
        await SqlAsync(cluster, 0, $"BEGIN; {RewriteIt}; UPDATE counter SET n = n + 100 WHERE id = 1; COMMIT");
        bridges.Start(0);
        bridges.Start(1);
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("counter");
        Assert.Equal(
            ["1|111", "2|11"], await cluster.Servers[1].TextAsync(BridgeCluster.Database, "SELECT id, n FROM counter ORDER BY id"));
    }

    [Fact]
    public async Task What_can_not_be_read_before_it_is_rewritten_is_refused_and_destroy_takes_the_trigger_away()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE item (a int, id int PRIMARY KEY, v text); INSERT INTO item VALUES (1, 1, 'v')", 15);
        await cluster.CommandAsync("apply", "--yes");
        foreach (var change in (string[])["id TYPE bigint", "a TYPE bigint"])
        {
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(
                () => SqlAsync(cluster, 0, $"ALTER TABLE item ALTER {change}"));
            Assert.Equal("55000", refused.SqlState);
        }

        await SqlAsync(cluster, 0, "SET kafkabridge.rewrite = 'caught_up'; ALTER TABLE item ALTER id TYPE bigint");
        const string Warning = "the event trigger for rewritten tables is not there";
        await SqlAsync(cluster, 0, "DROP EVENT TRIGGER kafkabridge_keep_versions");
        Assert.Contains(Warning, await cluster.CommandAsync("check"), StringComparison.Ordinal);
        await cluster.CommandAsync("apply", "--yes");
        Assert.DoesNotContain(Warning, await cluster.CommandAsync("check"), StringComparison.Ordinal);
        await cluster.CommandAsync("destroy", "--yes");
        await SqlAsync(cluster, 0, "ALTER TABLE item ALTER a TYPE bigint");
        Assert.Empty(await cluster.Servers[0].TextAsync(BridgeCluster.Database, "SELECT evtname FROM pg_event_trigger"));
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);
}
