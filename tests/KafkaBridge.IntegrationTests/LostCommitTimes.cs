using System.Globalization;
using System.Net;
using System.Text.Json;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>track_commit_timestamp is off for a while: the server forgets when every row was written, and by whom.</summary>
public sealed class LostCommitTimes
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, v text)";
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    [Theory]
    [InlineData(15, 18)]
    [InlineData(18, 15)]
    public async Task What_is_written_without_commit_times_gets_its_version_from_the_log(int one, int other)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, one, other);
        await cluster.CommandAsync("apply", "--yes");
        await SqlAsync(cluster, 0, "INSERT INTO item SELECT i, 'first' FROM generate_series(1, 9) AS i");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);
        await TrackAsync(cluster.Servers[0], "off");
        await RefusedAsync(cluster);

        // Rows 1, 5 and 8: eu's, then us's. Rows 2, 3, 6 and 7: us's, then eu's, one after a savepoint, one twice.
        await SqlAsync(cluster, 1, "UPDATE item SET v = 'us' WHERE id IN (2, 3, 6); DELETE FROM item WHERE id = 7");
        await SqlAsync(cluster, 0, "UPDATE item SET v = 'eu' WHERE id IN (1, 2, 5, 7, 8); INSERT INTO item VALUES (10, 'eu')");
        await SqlAsync(cluster, 0, "BEGIN; SAVEPOINT s; UPDATE item SET v = 'eu' WHERE id = 3; COMMIT; DELETE FROM item WHERE id = 6");
        await SqlAsync(cluster, 0, "UPDATE item SET v = 'eu again' WHERE id = 2; DELETE FROM item WHERE id = 9");
        await SqlAsync(cluster, 0, "INSERT INTO item VALUES (9, 'eu')");
        await SqlAsync(cluster, 1, "UPDATE item SET v = 'us' WHERE id IN (1, 4, 5); DELETE FROM item WHERE id = 8");
        await TrackAsync(cluster.Servers[0], "on");
        await WaitsAsync(cluster);
        bridges.Start(0);
        bridges.Start(1);
        await bridges.WaitCaughtUpAsync(60);
        Assert.Equal(("caught up", null), await StatusAsync(cluster));
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            ["1|us", "2|eu again", "3|eu", "4|us", "5|us", "7|eu", "9|eu", "10|eu"],
            await TextAsync(cluster, 0, "SELECT id, v FROM item ORDER BY id"));
        Assert.Empty(await TextAsync(cluster, 0, "SELECT id FROM kafkabridge.conflict WHERE conflict_type = 'version_unknown'"));
    }

    [Fact]
    public async Task Where_it_is_not_known_which_write_is_later_a_person_decides()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 18);
        await cluster.CommandAsync("apply", "--yes");
        await SqlAsync(cluster, 0, "INSERT INTO item SELECT i, 'first' FROM generate_series(1, 9) AS i");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(1);

        // Rows 1 and 3: us's, then eu's. Row 2: eu's, then us's. Then eu applies its own delete, so all of this is behind it.
        await SqlAsync(cluster, 0, "UPDATE item SET v = 'eu' WHERE id = 2");
        await SqlAsync(cluster, 1, "UPDATE item SET v = 'us' WHERE id IN (1, 2); DELETE FROM item WHERE id = 3");
        await SqlAsync(cluster, 0, "UPDATE item SET v = 'eu' WHERE id IN (1, 3)");
        await SqlAsync(cluster, 0, "DELETE FROM item WHERE id = 9");
        await bridges.EventuallyAsync(
            async () => (await TextAsync(
                cluster, 0,
                "SELECT 1 FROM kafkabridge.position AS p WHERE p.writer = 0 AND p.tick >= (SELECT max(kafkabridge.tick("
                + "pg_xact_commit_timestamp(xmin))) FROM item)")).Count == 1, "eu's own delete applied to itself", Deadline);
        await bridges.StopAsync(0);
        await TrackAsync(cluster.Servers[0], "off");
        await TrackAsync(cluster.Servers[0], "on");
        const string Warning = "commit times of rows are lost";
        Assert.Contains(Warning, await cluster.CommandAsync("check"), StringComparison.Ordinal);
        const string Rewrite = "ALTER TABLE item ALTER v TYPE text USING v || ''";
        Assert.Equal("55000", (await Assert.ThrowsAsync<PostgresException>(() => SqlAsync(cluster, 0, Rewrite))).SqlState);

        bridges.Start(0);
        bridges.Start(1);
        const string Undecided = "FROM kafkabridge.conflict WHERE conflict_type = 'version_unknown' AND resolver = 'error' "
            + "AND reviewed_by IS NULL";
        await bridges.EventuallyAsync(
            async () => (await TextAsync(cluster, 0, "SELECT sentence FROM kafkabridge.halt WHERE writer = 1")).Count == 1,
            "us stopped on eu", Deadline);
        Assert.Equal(
            ["1|eu|us", "2|eu|us", "3|eu|∅"],
            await TextAsync(
                cluster, 0,
                $"SELECT replica_identity->>'id', local_tuple->>'v', remote_tuple->>'v' {Undecided} ORDER BY 1"));
        var ids = await TextAsync(cluster, 0, $"SELECT 'eu:' || id {Undecided} ORDER BY replica_identity->>'id'");
        Assert.Matches(
            "^version_unknown on public.item {\"id\": \"1\"}: us \\(committed .*\\) wrote it, and the commit time of the row here is lost, "
            + "so it is not known which is later; the row here is kept, the other's row is remote_tuple, which conflict show prints; until "
            + "conflict resolve decides, nodes may differ in it\\.",
            await cluster.CommandAsync("conflict", "explain", ids[0]));
        foreach (var (id, side) in ids.Zip(["local", "remote", "remote"]))
        {
            Assert.Contains(
                side == "local" ? "UPDATE on eu" : "on eu",
                await cluster.CommandAsync("conflict", "resolve", id, "--take", side, "--reason", "as it was"), StringComparison.Ordinal);
        }

        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            ["1|eu", "2|us", "4|first"], await TextAsync(cluster, 1, "SELECT id, v FROM item WHERE id < 5 ORDER BY id"));

        // Once nothing can come any more that is older than what is lost, all is as ever.
        await bridges.EventuallyAsync(
            async () => !(await cluster.CommandAsync("check")).Contains(Warning, StringComparison.Ordinal), "nothing unknown", Deadline);
        await SqlAsync(cluster, 0, Rewrite);
    }

    /// <summary>A lock keeps eu from noting its versions: who asks is told what us' changes wait for.</summary>
    static async Task WaitsAsync(BridgeCluster cluster)
    {
        await using var user = await cluster.Servers[0].ConnectAsync(BridgeCluster.Database);
        await using var transaction = await user.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE kafkabridge.row_version IN SHARE MODE", user, transaction))
        {
            await hold.ExecuteNonQueryAsync();
        }

        var port = Commands.FreePort();
        await using var run = cluster.Run(
            0, new Dictionary<string, string> { ["KAFKABRIDGE__ADMIN_PORT"] = port.ToString(CultureInfo.InvariantCulture) });
        await Eventually.TrueAsync(
            async () => (await TextAsync(cluster, 0, "SELECT pid FROM pg_locks WHERE NOT granted")).Count > 0,
            "eu's own transactions wait for the lock", Deadline);
        const string Reason = "own versions are being noted after a loss of commit times, of transactions before ";
        var (state, waits) = await StatusAsync(cluster);
        Assert.Equal("waits", state);
        Assert.StartsWith(Reason, waits, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () => (await BridgeHealth.OfAsync(port)).Has(
                HttpStatusCode.ServiceUnavailable, "node eu: changes of us wait: " + Reason), "health says so", Deadline);
        await transaction.RollbackAsync();
        await Eventually.TrueAsync(
            async () => (await BridgeHealth.OfAsync(port)).Has(HttpStatusCode.OK, "ready"), "they wait no more", Deadline);
        await run.StopAsync();
    }

    /// <summary>What is said of us' changes on eu, and of eu.</summary>
    static async Task<(string? State, string? Waits)> StatusAsync(BridgeCluster cluster)
    {
        using var status = JsonDocument.Parse(await cluster.CommandAsync("status", "--output", "json"));
        var eu = status.RootElement.GetProperty("nodes")[0];
        return (eu.GetProperty("origins")[0].GetProperty("state").GetString(), eu.GetProperty("waits").GetString());
    }

    /// <summary>As long as it is off.</summary>
    static async Task RefusedAsync(BridgeCluster cluster)
    {
        await using var run = cluster.Run(0);
        Assert.NotEqual(0, await run.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("error KB1033: track_commit_timestamp is off", run.Error, StringComparison.Ordinal);
    }

    static async Task TrackAsync(PostgresServer server, string on)
    {
        await server.ExecuteAsync("postgres", $"ALTER SYSTEM SET track_commit_timestamp = {on}");
        await server.StopAsync();
        await server.StartAgainAsync();
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static Task<IReadOnlyList<string>> TextAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].TextAsync(BridgeCluster.Database, sql);
}
