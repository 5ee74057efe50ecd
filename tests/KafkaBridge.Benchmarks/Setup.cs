using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>What both pairs have alike: settings, tables and first rows.</summary>
static class Setup
{
    public const string Database = BridgeCluster.Database;

    const int Scale = 10;

    /// <summary>
    /// Stock but for durability as a user has it, room enough that no checkpoint is forced, and patience with a bridge that is paused.
    /// </summary>
    public static IReadOnlyList<string> Settings { get; } =
        ["fsync = on", "shared_buffers = '256MB'", "max_wal_size = '8GB'", "checkpoint_timeout = '30min'", "wal_sender_timeout = '10min'"];

    /// <summary>w3c's updates find rows 1 to 100,000; each delete takes the next after those.</summary>
    public const string Tables =
        """
        CREATE TABLE mark (id bigserial PRIMARY KEY);
        CREATE TABLE w1 (id bigserial PRIMARY KEY, note text);
        CREATE TABLE w3a (id bigserial PRIMARY KEY, value int NOT NULL, note text);
        CREATE TABLE w3b (id bigserial PRIMARY KEY, value int NOT NULL, note text);
        CREATE TABLE w3c (id bigint PRIMARY KEY, value int NOT NULL, note text);
        CREATE SEQUENCE w3c_updated;
        CREATE SEQUENCE w3c_deleted START 100001;
        INSERT INTO w3c SELECT i, 0, md5(i::text) FROM generate_series(1, 400000) AS i;
        CREATE TABLE w4 (id bigserial PRIMARY KEY, value int NOT NULL, note text);
        CREATE TABLE w7 (id bigserial PRIMARY KEY, note text);
        CREATE TABLE w9 (id bigint PRIMARY KEY, value int NOT NULL, note text) WITH (autovacuum_enabled = false);
        CREATE SEQUENCE w9_updated;
        INSERT INTO w9 SELECT i, 0, md5(i::text) FROM generate_series(1, 100000) AS i;
        CREATE SCHEMA bench;
        CREATE TABLE bench.arrived (id bigint, at timestamptz);
        CREATE FUNCTION bench.note() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO bench.arrived VALUES (NEW.id, clock_timestamp()); RETURN NULL; END';
        CREATE TRIGGER note AFTER INSERT ON w1 FOR EACH ROW EXECUTE FUNCTION bench.note();
        ALTER TABLE w1 ENABLE ALWAYS TRIGGER note;
        """;

    /// <summary>So many more, which nobody writes to; by name they come before the others.</summary>
    public static string TablesAnd(int idle) =>
        Tables + string.Concat(Enumerable.Range(1, idle).Select(i => $"\nCREATE TABLE idle_{i} (id bigint PRIMARY KEY, note text);"));

    /// <summary>So many nodes with all tables and first rows; no bridge runs yet.</summary>
    public static async Task<BridgeCluster> ClusterAsync(string bootstrapServers, int version, int nodes, int idleTables = 0)
    {
        var cluster = await BridgeCluster.StartAsync(
            bootstrapServers, TablesAnd(idleTables), [.. Enumerable.Repeat(version, nodes)], Settings);
        foreach (var server in cluster.Servers)
        {
            await FillAsync(server);
        }

        await cluster.CommandAsync("apply", "--yes");
        return cluster;
    }

    /// <summary>pgbench's tables, with the same rows on every server.</summary>
    public static Task FillAsync(PostgresServer server) =>
        Pgbench.RunAsync(
            server, Database, "--initialize", "--quiet", "--init-steps", "dtgvp", "--scale", Scale.ToString(CultureInfo.InvariantCulture));
}
