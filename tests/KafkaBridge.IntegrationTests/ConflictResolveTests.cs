using System.Text.Json;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>What a person decides about a conflict is a write like any other, and the history says who decided.</summary>
public sealed class ConflictResolveTests
{
    const string Tables = """
        CREATE TABLE item (id int PRIMARY KEY, name text, n int);
        CREATE TABLE seat (id int PRIMARY KEY, place int UNIQUE);
        CREATE SCHEMA audit; CREATE TABLE audit.seen (name text);
        CREATE FUNCTION audit.see() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO audit.seen VALUES (NEW.name); RETURN NEW; END';
        CREATE TRIGGER see AFTER INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION audit.see();
        """;

    [Fact]
    public async Task A_decision_reaches_every_node_and_is_noted_on_each()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, 18, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using (var first = cluster.Run())
        {
            await SqlAsync(cluster, 0, "INSERT INTO item SELECT i, 'old', i FROM generate_series(1, 6) AS i");
            await cluster.WaitCaughtUpAsync();
            Assert.Equal(0, await first.StopAsync());
        }

        await SqlAsync(cluster, 0, "UPDATE item SET name = 'eu'; UPDATE item SET name = repeat('long', 2000) WHERE id = 6");
        await SqlAsync(cluster, 0, "INSERT INTO seat VALUES (1, 1)");
        await SqlAsync(cluster, 1, "UPDATE item SET name = 'us' WHERE id <> 2; DELETE FROM item WHERE id = 2");
        await SqlAsync(cluster, 1, "INSERT INTO seat VALUES (2, 1)");
        await using var second = cluster.Run();
        await cluster.WaitCaughtUpAsync();
        var noted = await CountAsync(cluster);

        // The loser's row, put back on the node that lost: the trigger there sees it.
        Assert.Contains(
            "UPDATE on eu", await ResolveAsync(cluster, await IdAsync(cluster, 1), "--take", "local"),
            StringComparison.Ordinal);
        Assert.Contains(
            "INSERT on eu", await ResolveAsync(cluster, await IdAsync(cluster, 2), "--take", "local"),
            StringComparison.Ordinal);
        Assert.Contains(
            "UPDATE on eu", await ResolveAsync(cluster, await IdAsync(cluster, 3), "--set", """{"name": "both", "n": null}"""),
            StringComparison.Ordinal);
        Assert.Contains(
            "stays as it is", await ResolveAsync(cluster, await IdAsync(cluster, 4), "--take", "remote"),
            StringComparison.Ordinal);
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            ["1|eu|1", "2|eu|2", "3|both|∅", "4|us|4"], await TextAsync(cluster, 1, "SELECT * FROM item WHERE id < 5 ORDER BY id"));
        Assert.Equal(["16"], await TextAsync(cluster, 0, "SELECT count(*) FROM audit.seen")); // 13 before
        Assert.Equal(noted, await CountAsync(cluster)); // it follows both versions
        Assert.Equal(["4", "4"], await ReviewedAsync(cluster));
        Assert.DoesNotContain("why not", await cluster.CommandAsync("conflict", "list", "--unreviewed"), StringComparison.Ordinal);
        Assert.Contains(
            "reviewed it: took local: why not", await cluster.CommandAsync("conflict", "explain", await IdAsync(cluster, 1)),
            StringComparison.Ordinal);

        // Not twice, not over a later write, not with half a value, not where two rows fight; unless it is said so.
        await RefusedAsync(cluster, "KB1093", "took local: why not", await IdAsync(cluster, 1), "--take", "remote");
        await SqlAsync(cluster, 0, "UPDATE item SET n = 50 WHERE id = 5");
        await RefusedAsync(
            cluster, "KB1096", """it is now {"id":"5","name":"us","n":"50"}""", await IdAsync(cluster, 5), "--take", "local");
        Assert.Contains(
            "UPDATE on eu", await ResolveAsync(cluster, await IdAsync(cluster, 5), "--take", "local", "--force"),
            StringComparison.Ordinal);
        await RefusedAsync(cluster, "KB1097", "give them by --set", await IdAsync(cluster, 6), "--take", "local");
        await RefusedAsync(
            cluster, "KB1098", "its columns besides the key are name, n", await IdAsync(cluster, 6), "--set", """{"id": 1}""");
        await RefusedAsync(cluster, "KB1002", "either --take or --set", await IdAsync(cluster, 6));
        var seats = await IdAsync(cluster, 2, "seat");
        await RefusedAsync(cluster, "KB1095", "two rows that claim one unique value", seats, "--take", "local");
        Assert.Contains(
            "it waits until the value that both claim is free", await cluster.CommandAsync("conflict", "explain", seats),
            StringComparison.Ordinal);
        Assert.Contains("stays as it is", await ResolveAsync(cluster, seats, "--take", "remote"), StringComparison.Ordinal);
        await ByAnotherRoleAsync(cluster, await IdAsync(cluster, 6));
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item", "seat");
        Assert.Equal(["5|eu|5"], await TextAsync(cluster, 1, "SELECT * FROM item WHERE id = 5"));
    }

    /// <summary>A role whose sessions are replicas would write past triggers; one that writes as users do may decide.</summary>
    static async Task ByAnotherRoleAsync(BridgeCluster cluster, string id)
    {
        await SqlAsync(
            cluster, 0,
            """
            CREATE ROLE person LOGIN; ALTER ROLE person SET session_replication_role = replica;
            GRANT USAGE ON SCHEMA kafkabridge, audit TO person; GRANT SELECT, UPDATE ON kafkabridge.conflict, item TO person;
            GRANT INSERT ON audit.seen TO person
            """);
        var file = Path.GetTempFileName();
        var text = await File.ReadAllTextAsync(cluster.ConfigFile);
        await File.WriteAllTextAsync(file, text.Replace("postgres@", "person@", StringComparison.Ordinal));
        string[] command = ["conflict", "resolve", id, "--set", """{"n": 60}""", "--reason", "mine", "-c", file];
        Assert.StartsWith("error KB1094: ", (await BridgeProcess.RunAsync(command)).Error, StringComparison.Ordinal);
        await SqlAsync(cluster, 0, "ALTER ROLE person RESET session_replication_role");
        var done = await BridgeProcess.RunAsync(command);
        Assert.Contains("UPDATE on eu", done.Output, StringComparison.Ordinal);
        Assert.Contains("Its history does not show the review", done.Error, StringComparison.Ordinal); // us has no such role
        File.Delete(file);
    }

    static Task<string> ResolveAsync(BridgeCluster cluster, string id, params string[] how) =>
        cluster.CommandAsync(["conflict", "resolve", id, "--reason", "why not", .. how]);

    static async Task RefusedAsync(BridgeCluster cluster, string code, string sentence, string id, params string[] how)
    {
        var before = await cluster.ChecksumAsync(0, "item");
        var refused = await BridgeProcess.RunAsync(
            ["conflict", "resolve", id, "--reason", "because", .. how, "-c", cluster.ConfigFile]);
        Assert.StartsWith($"error {code}: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, await cluster.ChecksumAsync(0, "item"));
    }

    /// <summary>Of the conflict that eu noted about the row.</summary>
    static async Task<string> IdAsync(BridgeCluster cluster, int row, string table = "item")
    {
        var list = JsonSerializer.Deserialize<JsonElement>(
            await cluster.CommandAsync("conflict", "list", "--node", "eu", "--table", "public." + table, "-o", "json"));
        return list.GetProperty("conflicts").EnumerateArray()
            .First(one => one.GetProperty("key").GetProperty("id").GetString() == $"{row}").GetProperty("id").GetString()!;
    }

    static Task<string> CountAsync(BridgeCluster cluster) => BothAsync(cluster, "SELECT count(*) FROM kafkabridge.conflict");

    static async Task<IReadOnlyList<string>> ReviewedAsync(BridgeCluster cluster) =>
        (await BothAsync(
            cluster, "SELECT count(DISTINCT replica_identity) FROM kafkabridge.conflict WHERE review LIKE '%why not'")).Split(' ');

    static async Task<string> BothAsync(BridgeCluster cluster, string sql) =>
        $"{(await TextAsync(cluster, 0, sql))[0]} {(await TextAsync(cluster, 1, sql))[0]}";

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static Task<IReadOnlyList<string>> TextAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].TextAsync(BridgeCluster.Database, sql);
}
