using System.Text.Json;
using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>The conflict history has a row where two writers did not know of each other, and none where one came after the other.</summary>
public sealed class ConflictHistoryTests
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, name text)";
    const string History =
        "SELECT replica_identity->>'id', conflict_type, resolution, resolver, local_tuple->>'name', remote_tuple->>'name' "
        + "FROM kafkabridge.conflict ORDER BY 1";

    [Fact]
    public async Task Alternating_writes_leave_none()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var first = cluster.Run();
        await SqlAsync(cluster, 0, "INSERT INTO item VALUES (1, 'a'), (2, 'a')");
        await cluster.WaitCaughtUpAsync();
        for (var turn = 1; turn <= 4; turn++)
        {
            await SqlAsync(cluster, turn % 2, $"UPDATE item SET name = 'turn {turn}' WHERE id = 1");
            await cluster.WaitCaughtUpAsync();
        }

        await SqlAsync(cluster, 1, "DELETE FROM item WHERE id = 2");
        await cluster.WaitCaughtUpAsync();
        await SqlAsync(cluster, 0, "INSERT INTO item VALUES (2, 'again')");
        await cluster.WaitCaughtUpAsync();

        // Over a restart too: what was applied after the last transaction of one's own stands in the spine's heartbeats.
        Assert.Equal(0, await first.StopAsync());
        await using var second = cluster.Run();
        await SqlAsync(cluster, 1, "UPDATE item SET name = 'after the restart'");
        await cluster.WaitCaughtUpAsync();
        await SqlAsync(cluster, 0, "TRUNCATE item");
        await cluster.WaitCaughtUpAsync();

        Assert.Equal("0 rows of history true (0 by several candidates): ", await ConflictCheck.VerifyAsync(cluster));
    }

    [Fact]
    public async Task Concurrent_writes_leave_one_on_each_node()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await SqlAsync(cluster, 0, "INSERT INTO item VALUES (0, 'eu')");
        await SqlAsync(cluster, 1, "INSERT INTO item VALUES (0, 'us')");
        await using (var first = cluster.Run())
        {
            await cluster.WaitCaughtUpAsync();
            await SqlAsync(cluster, 0, "INSERT INTO item SELECT n, 'old' FROM generate_series(1, 5) AS n");
            await cluster.WaitCaughtUpAsync();
            Assert.Equal(0, await first.StopAsync());
        }

        // eu first, so that us wins: by the later commit.
        await SqlAsync(
            cluster, 0,
            "UPDATE item SET name = 'eu' WHERE id IN (1, 2); DELETE FROM item WHERE id IN (3, 4); INSERT INTO item VALUES (6, 'eu')");
        await SqlAsync(
            cluster, 1,
            "UPDATE item SET name = 'us' WHERE id IN (1, 3); DELETE FROM item WHERE id IN (2, 4); INSERT INTO item VALUES (6, 'us')");
        await using var second = cluster.Run();
        await cluster.WaitCaughtUpAsync();

        await AssertHistoryAsync(
            cluster, 0,
            ["0|insert_exists|apply_remote|last_update_wins|eu|us"],
            ["1|update_origin_differs|apply_remote|last_update_wins|eu|us"],
            ["2|delete_origin_differs|apply_remote|last_update_wins|eu|∅"],
            ["3|update_deleted|apply_remote|last_update_wins|∅|us", "3|delete_exists|keep_local|last_update_wins|us|∅"],
            ["4|delete_missing|apply_remote|last_update_wins|∅|∅", "4|delete_missing|keep_local|last_update_wins|∅|∅"],
            ["6|insert_exists|apply_remote|last_update_wins|eu|us"]);
        await AssertHistoryAsync(
            cluster, 1,
            ["0|insert_exists|keep_local|last_update_wins|us|eu"],
            ["1|update_origin_differs|keep_local|last_update_wins|us|eu"],
            ["2|update_deleted|keep_local|last_update_wins|∅|eu", "2|delete_origin_differs|apply_remote|last_update_wins|eu|∅"],
            ["3|delete_exists|keep_local|last_update_wins|us|∅"],
            ["4|delete_missing|keep_local|last_update_wins|∅|∅", "4|delete_missing|apply_remote|last_update_wins|∅|∅"],
            ["6|insert_exists|keep_local|last_update_wins|us|eu"]);
        var explained = await cluster.CommandAsync("conflict", "explain", "eu:1");
        Assert.StartsWith("insert_exists on public.item {\"id\": \"0\"}: us (committed ", explained, StringComparison.Ordinal);
        Assert.Contains("knowing of each other; us wins by last_update_wins: its version is ", explained, StringComparison.Ordinal);
        Assert.Contains("the other's row is local_tuple, which conflict show prints", explained, StringComparison.Ordinal);
        Assert.Contains("eu:1  ", await cluster.CommandAsync("conflict", "list"), StringComparison.Ordinal);
        Assert.Contains("\"row\": {", await cluster.CommandAsync("conflict", "show", "us:1"), StringComparison.Ordinal);
        Assert.StartsWith("12 rows of history true", await ConflictCheck.VerifyAsync(cluster), StringComparison.Ordinal);

        // Other rules on what was recorded: everywhere the other one would have stayed.
        Assert.Equal((12, 0), await TestedAsync(cluster, "default: last_update_wins"));
        Assert.Equal((12, 12), await TestedAsync(cluster, "conflicts: { default: first_update_wins }"));
        Assert.Equal((12, 12), await TestedAsync(cluster, "{ default: origin_priority, priority: [eu, us] }"));
        Assert.Equal((12, 0), await TestedAsync(cluster, "{ tables: { public.item: origin_priority }, priority: [us, eu] }"));
        Assert.Contains("public.item  all     last_update_wins", await cluster.CommandAsync("conflict", "rules"), StringComparison.Ordinal);
    }

    static async Task<(int All, int Different)> TestedAsync(BridgeCluster cluster, string rules)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, rules);
        var tested = JsonSerializer.Deserialize<JsonElement>(
            await cluster.CommandAsync("conflict", "rules", "test", file, "-o", "json"));
        File.Delete(file);
        return (tested.GetProperty("conflicts").GetInt32(), tested.GetProperty("different").GetArrayLength());
    }

    /// <summary>
    /// Capture is held back (it waits for a locked table) while the same bridge applies; then the bridge is killed. What was
    /// applied meanwhile was unknown to what capture had still to publish, so the conflict must be noted on the other node.
    /// </summary>
    [Fact]
    public async Task What_was_applied_while_capture_was_behind_is_a_conflict_after_a_kill()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers,
            Table + "; CREATE TABLE large (id int PRIMARY KEY, n int, big text); ALTER TABLE large ALTER big SET STORAGE EXTERNAL",
            15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var us = cluster.Run(1);
        await using (var eu = cluster.Run(0))
        {
            await SqlAsync(cluster, 0, "INSERT INTO item VALUES (1, 'old'); INSERT INTO large VALUES (1, 1, repeat('x', 10000))");
            await cluster.WaitCaughtUpAsync();
            await using var stuck = await StopCaptureAsync(cluster);
            await SqlAsync(cluster, 0, "UPDATE item SET name = 'eu'");
            await SqlAsync(cluster, 1, "UPDATE item SET name = 'us'");
            await Eventually.EqualAsync(
                "us", () => cluster.Servers[0].ScalarAsync<string>(BridgeCluster.Database, "SELECT name FROM item"), "the row of us on eu");
            await eu.KillAsync();
        }

        await using var again = cluster.Run(0);
        await cluster.WaitCaughtUpAsync();
        Assert.Equal("us", await cluster.Servers[0].ScalarAsync<string>(BridgeCluster.Database, "SELECT name FROM item"));
        Assert.Equal(
            ["1|update_origin_differs|keep_local|last_update_wins|us|eu"],
            await cluster.Servers[1].TextAsync(BridgeCluster.Database, History));
        Assert.StartsWith("2 rows of history true", await ConflictCheck.VerifyAsync(cluster), StringComparison.Ordinal);
    }

    /// <summary>
    /// Capture reads an unchanged large value again from its table; a lock that was asked for before the update committed is
    /// granted before that reading is. It is held until the session is disposed of.
    /// </summary>
    static async Task<NpgsqlConnection> StopCaptureAsync(BridgeCluster cluster)
    {
        await using var writer = await cluster.Servers[0].ConnectAsync(BridgeCluster.Database);
        var locker = await cluster.Servers[0].ConnectAsync(BridgeCluster.Database);
        await ExecuteAsync(writer, "BEGIN; UPDATE large SET n = 2");
        await ExecuteAsync(locker, "BEGIN");
        var locked = ExecuteAsync(locker, "LOCK TABLE large IN ACCESS EXCLUSIVE MODE");
        await Eventually.EqualAsync(
            1L,
            () => cluster.Servers[0].ScalarAsync<long>(
                BridgeCluster.Database, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"),
            "the lock is asked for");
        await ExecuteAsync(writer, "COMMIT");
        await locked;
        return locker;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>
    /// A conflict of a delete may be met from either side: the change finds the tombstone, or, where it came before the node had
    /// applied its own delete, that finds the change's row. One of the two is noted.
    /// </summary>
    static async Task AssertHistoryAsync(BridgeCluster cluster, int node, params string[][] rows)
    {
        IReadOnlyList<string> noted = [];
        await Eventually.TrueAsync(
            async () => (noted = await cluster.Servers[node].TextAsync(BridgeCluster.Database, History)).Count >= rows.Length,
            $"{rows.Length} rows of history");
        Assert.Equal(rows.Length, noted.Count);
        Assert.All(rows.Zip(noted), pair => Assert.Contains(pair.Second, pair.First));
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);
}
