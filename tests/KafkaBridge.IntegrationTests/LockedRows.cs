using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>A transaction that a user leaves open on one node holds what touches its rows, and nothing else.</summary>
public sealed class LockedRows
{
    const int Us = 1;

    [Fact]
    public async Task An_origin_that_waits_for_a_row_holds_no_other_origin()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE item (id int PRIMARY KEY, name text)", 15, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await SqlAsync(cluster, 0, "INSERT INTO item VALUES (1, 'old'), (2, 'old')");
        await cluster.WaitCaughtUpAsync();

        await using (var user = await cluster.Servers[Us].ConnectAsync(BridgeCluster.Database))
        {
            await using var open = await user.BeginTransactionAsync();
            await using var held = new Npgsql.NpgsqlCommand("SELECT * FROM item WHERE id = 1 FOR UPDATE", user, open);
            await held.ExecuteNonQueryAsync();

            await SqlAsync(cluster, 0, "UPDATE item SET name = 'eu' WHERE id = 1; INSERT INTO item VALUES (3, 'eu, after it')");
            await Eventually.TrueAsync(
                () => cluster.Servers[Us].ScalarAsync<bool>(
                    BridgeCluster.Database, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"),
                "eu's change waits for the row");
            await SqlAsync(cluster, 2, "UPDATE item SET name = 'ap' WHERE id = 2");
            await ArrivesAsync(cluster, "2|ap");
            await Eventually.TrueAsync(
                () => Task.FromResult(bridges.Said(Us).Contains($"process {user.ProcessID} ", StringComparison.Ordinal)),
                "the log names who holds the row");
            Assert.DoesNotContain("3|eu, after it", await RowsAsync(cluster));
        }

        await ArrivesAsync(cluster, "3|eu, after it");
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item");
        Assert.Equal(["1|eu", "2|ap", "3|eu, after it"], await RowsAsync(cluster));
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static async Task<IReadOnlyList<string>> RowsAsync(BridgeCluster cluster) =>
        [.. await cluster.Servers[Us].TextAsync(BridgeCluster.Database, "SELECT * FROM item ORDER BY id")];

    static Task ArrivesAsync(BridgeCluster cluster, string row) =>
        Eventually.TrueAsync(async () => (await RowsAsync(cluster)).Contains(row), $"{row} at us", TimeSpan.FromSeconds(60));
}
