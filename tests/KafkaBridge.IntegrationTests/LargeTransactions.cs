using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>A transaction larger than a batch: its inserts go by COPY where nothing is known of their keys, else each is decided.</summary>
public sealed class LargeTransactions
{
    const string Tables =
        """
        CREATE TABLE item (id int PRIMARY KEY, name text, tags text[], data bytea);
        CREATE TABLE entry (number int, note text);
        """;

    const string Insert = "INSERT INTO item SELECT i, 'from eu' FROM generate_series(1, 6000) AS i";

    /// <summary>What wrote the rows of this node.</summary>
    const string Audit =
        """
        CREATE SCHEMA audit;
        CREATE TABLE audit.statement (word text);
        CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO audit.statement VALUES (split_part(current_query(), '' '', 1)); RETURN NULL; END';
        CREATE TRIGGER note AFTER INSERT ON item FOR EACH STATEMENT EXECUTE FUNCTION audit.note();
        CREATE TRIGGER note AFTER INSERT ON entry FOR EACH STATEMENT EXECUTE FUNCTION audit.note();
        ALTER TABLE item ENABLE ALWAYS TRIGGER note;
        ALTER TABLE entry ENABLE ALWAYS TRIGGER note;
        """;

    [Theory]
    [InlineData(14)]
    [InlineData(18)]
    public async Task Inserts_go_by_copy_whatever_is_in_them(int version)
    {
        await using var cluster = await StartAsync(version);
        await cluster.Servers[0].ExecuteAsync(
            BridgeCluster.Database,
            """
            BEGIN;
            INSERT INTO item (id, name) VALUES (0, repeat('"\', 200000));
            INSERT INTO item SELECT i, CASE i % 8 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN E'a\nb\r\n\\.\n'
                WHEN 3 THEN '"' WHEN 4 THEN '\'
                WHEN 5 THEN E'\t,"\\"",\\' WHEN 6 THEN '\.' ELSE 'ä€😀' || i END,
              CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN ARRAY[E'a"\\', NULL, '', 'NULL'] ELSE '{}' END, decode(lpad(to_hex(i), 8, '0'), 'hex')
            FROM generate_series(1, 6000) AS i;
            INSERT INTO entry SELECT i, CASE i % 2 WHEN 0 THEN 'x' || i END FROM generate_series(1, 6000) AS i;
            COMMIT;
            """);
        await using var bridge = cluster.Run();
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item", "entry");
        Assert.Equal(["COPY"], await WordsAsync(cluster));
    }

    [Fact]
    public async Task A_row_in_the_way_is_decided_like_any_other()
    {
        await using var cluster = await StartAsync(15);
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, Insert);
        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (5500, 'from us')");
        await using var bridge = cluster.Run();
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            "6000 from us",
            await cluster.Servers[1].ScalarAsync<string>(
                BridgeCluster.Database, "SELECT count(*) || ' ' || max(name) FILTER (WHERE id = 5500) FROM item"));
        Assert.Equal(
            ["insert_exists|keep_local"],
            await cluster.Servers[1].TextAsync(BridgeCluster.Database, "SELECT conflict_type, resolution FROM kafkabridge.conflict"));
        Assert.Equal(["INSERT", "SELECT"], await WordsAsync(cluster));
    }

    [Fact]
    public async Task A_row_that_a_later_delete_knows_stays_away()
    {
        await using var cluster = await StartAsync(15);
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, Insert);
        await cluster.Servers[1].ExecuteAsync(
            BridgeCluster.Database, "INSERT INTO item VALUES (5500, 'from us'); DELETE FROM item WHERE id = 5500");
        await using var target = cluster.Run(1);
        var tombstones = await cluster.Servers[1].ScalarAsync<string>(
            BridgeCluster.Database, "SELECT 'kafkabridge.tombstone_' || 'item'::regclass::oid");
        await Eventually.TrueAsync(
            async () => await cluster.Servers[1].ScalarAsync<bool>(
                BridgeCluster.Database, $"SELECT to_regclass('{tombstones}') IS NOT NULL")
                && await cluster.Servers[1].ScalarAsync<long>(BridgeCluster.Database, $"SELECT count(*) FROM {tombstones}") == 1,
            "the delete's tombstone");
        await using var source = cluster.Run(0);
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item");
        Assert.Equal(5999L, await cluster.Servers[1].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM item"));
        Assert.Equal(["INSERT", "SELECT"], await WordsAsync(cluster));
    }

    static async Task<BridgeCluster> StartAsync(int version)
    {
        var kafka = await TestKafka.SharedAsync();
        var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, version, version);
        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, Audit);
        await cluster.CommandAsync("apply", "--yes");
        return cluster;
    }

    static Task<IReadOnlyList<string>> WordsAsync(BridgeCluster cluster) =>
        cluster.Servers[1].TextAsync(BridgeCluster.Database, "SELECT DISTINCT word FROM audit.statement ORDER BY 1");
}
