using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>A unique column besides the key that nodes fight over while they don't hear of each other, on real nodes.</summary>
public sealed class ContestedValues
{
    const string Table =
        "CREATE TABLE seat (id int PRIMARY KEY, place text UNIQUE, guest text); ALTER TABLE seat REPLICA IDENTITY FULL; "
        + "CREATE TABLE code (id int PRIMARY KEY, code text, note text); CREATE UNIQUE INDEX ON code (lower(code)) WHERE note IS NULL";

    [Fact]
    public async Task Three_nodes_take_the_same_places_and_one_after_another_has_them()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15, 15);
        await cluster.CommandAsync("apply", "--yes");

        // Each without the others, eu first and ap last: the later commit has the place.
        for (var node = 0; node < 3; node++)
        {
            var name = BridgeCluster.NodeName(node);
            await SqlAsync(
                cluster, node,
                $"INSERT INTO seat SELECT {node * 100} + i, 'place ' || i, '{name}' FROM generate_series(1, 20) AS i; "
                + $"INSERT INTO code VALUES ({node}, '{(node == 1 ? "ABC" : "abc")}')");
        }

        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("seat", "code");
        Assert.Equal(["20|20"], await TextAsync(cluster, 0, "SELECT count(*), count(*) FILTER (WHERE guest = 'ap') FROM seat"));
        Assert.Equal(["2|abc"], await TextAsync(cluster, 1, "SELECT id, code FROM code"));
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal(40L, await HiddenAsync(cluster, node, "seat"));
            Assert.Equal(2L, await HiddenAsync(cluster, node, "code"));
        }

        // What is given up goes to the next, by whichever node's hand, and by update as by delete.
        await SqlAsync(cluster, 0, "DELETE FROM seat WHERE place IN ('place 1', 'place 2')");
        await SqlAsync(cluster, 1, "UPDATE seat SET place = 'standing' WHERE place = 'place 3'");
        await SqlAsync(cluster, 2, "UPDATE seat SET place = NULL WHERE place = 'place 4'; UPDATE code SET note = 'not any more'");
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("seat", "code");
        Assert.Equal(
            ["101|place 1|us", "102|place 2|us", "103|place 3|us", "104|place 4|us"],
            await TextAsync(cluster, 2, "SELECT * FROM seat WHERE place IN ('place 1', 'place 2', 'place 3', 'place 4') ORDER BY id"));
        Assert.Equal(["1|ABC|∅", "2|abc|not any more"], await TextAsync(cluster, 0, "SELECT * FROM code ORDER BY id"));

        // A row that came back is written to like any other, and goes for good.
        await SqlAsync(cluster, 0, "UPDATE seat SET guest = 'moved' WHERE place = 'place 1'; DELETE FROM seat WHERE place = 'place 2'");
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("seat", "code");
        Assert.Equal(
            ["2|place 2|eu", "101|place 1|moved"],
            await TextAsync(cluster, 1, "SELECT * FROM seat WHERE place IN ('place 1', 'place 2') ORDER BY id"));
        await SqlAsync(cluster, 1, "TRUNCATE seat");
        await bridges.WaitCaughtUpAsync(60);
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal(0L, await HiddenAsync(cluster, node, "seat"));
        }

        await cluster.RequireEqualAsync("seat", "code");
    }

    [Fact]
    public async Task The_history_has_both_rows()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 18);
        await cluster.CommandAsync("apply", "--yes");
        await SqlAsync(cluster, 0, "INSERT INTO seat VALUES (1, 'window', 'eu'), (3, 'aisle', 'eu')");
        await SqlAsync(cluster, 1, "INSERT INTO seat VALUES (2, 'window', 'us')");
        await SqlAsync(cluster, 1, "INSERT INTO seat VALUES (3, 'aisle', 'us')");
        await using var bridge = cluster.Run();
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("seat");
        const string Rows =
            "SELECT conflict_type, resolution, local_tuple->>'id', local_tuple->>'guest', remote_tuple->>'id', remote_tuple->>'guest' "
            + "FROM kafkabridge.conflict ORDER BY id";
        Assert.Equal(["insert_exists|apply_remote|1|eu|2|us", "insert_exists|apply_remote|3|eu|3|us"], await TextAsync(cluster, 0, Rows));
        Assert.Equal(["insert_exists|keep_local|2|us|1|eu", "insert_exists|keep_local|3|us|3|eu"], await TextAsync(cluster, 1, Rows));
        Assert.StartsWith("4 rows of history true", await ConflictCheck.VerifyAsync(cluster), StringComparison.Ordinal);
    }

    /// <summary>A transaction above the size of a batch is applied in pieces, and settled once.</summary>
    [Fact]
    public async Task Large_transactions_hide_and_show_thousands()
    {
        const int Many = 6000;
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        for (var node = 0; node < 2; node++)
        {
            await SqlAsync(
                cluster, node,
                $"INSERT INTO seat SELECT {node * Many} + i, 'place ' || i, 'guest of {node}' FROM generate_series(1, {Many}) AS i");
        }

        await using var bridge = cluster.Run();
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("seat");
        Assert.Equal(Many, await HiddenAsync(cluster, 0, "seat"));
        Assert.Equal(Many, await HiddenAsync(cluster, 1, "seat"));
        await SqlAsync(cluster, 0, "DELETE FROM seat");
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("seat");
        Assert.Equal([$"{Many}|guest of 0"], await TextAsync(cluster, 1, "SELECT count(*), max(guest) FROM seat"));
        Assert.Equal(0L, await HiddenAsync(cluster, 0, "seat"));
    }

    [Fact]
    public async Task Writes_go_on_under_contention_and_all_nodes_end_alike()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE seat (id int PRIMARY KEY, place int UNIQUE, n int, other int UNIQUE)", 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await Task.WhenAll(Enumerable.Range(0, 2).Select(node => FightAsync(cluster, node))); // nobody knows of the other yet
        await using var bridges = BridgePerNode.Start(cluster);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(node => FightAsync(cluster, node)));
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("seat");
        const string Fought = "SELECT count(*) FROM kafkabridge.conflict WHERE local_tuple->>'id' <> remote_tuple->>'id'";
        Assert.True(await cluster.Servers[0].ScalarAsync<long>(BridgeCluster.Database, Fought) > 0);
    }

    /// <summary>Each statement a transaction of its own; one whose value is taken changes nothing.</summary>
    static async Task FightAsync(BridgeCluster cluster, int node)
    {
        var random = new Random(node);
        await using var connection = await cluster.Servers[node].ConnectAsync(BridgeCluster.Database);
        for (var turn = 0; turn < 600; turn++)
        {
            var (id, place, other) = (random.Next(20), random.Next(12), random.Next(12));
            await using var command = new Npgsql.NpgsqlCommand(
                random.Next(5) == 0
                    ? $"DELETE FROM seat WHERE id = {id}"
                    : $"INSERT INTO seat VALUES ({id}, {place}, {turn}, {other}) ON CONFLICT (id) DO UPDATE SET place = EXCLUDED.place, "
                        + "n = EXCLUDED.n, other = EXCLUDED.other",
                connection);
            try
            {
                await command.ExecuteNonQueryAsync();
            }
            catch (Npgsql.PostgresException taken) when (taken.SqlState is Npgsql.PostgresErrorCodes.UniqueViolation
                or Npgsql.PostgresErrorCodes.DeadlockDetected)
            {
                continue;
            }
        }
    }

    static Task<long> HiddenAsync(BridgeCluster cluster, int node, string table) => HiddenIn(cluster.Servers[node], table);

    static async Task<long> HiddenIn(PostgresServer server, string table)
    {
        var oid = await server.ScalarAsync<string>(BridgeCluster.Database, $"SELECT '{table}'::regclass::oid::text");
        return await server.ScalarAsync<long>(BridgeCluster.Database, $"SELECT count(*) FROM kafkabridge.hidden_{oid}");
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static Task<IReadOnlyList<string>> TextAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].TextAsync(BridgeCluster.Database, sql);
}
