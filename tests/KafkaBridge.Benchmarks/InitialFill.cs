using System.Diagnostics;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W5: an empty node gets 2,900,000 rows of another: the whole of <c>apply --copy-from</c>, topics and slots included, against CREATE
/// SUBSCRIPTION until each table is copied.
/// </summary>
static class InitialFill
{
    const string Tables = """
        CREATE TABLE large (id bigint PRIMARY KEY, at timestamptz NOT NULL, amount numeric NOT NULL, note text);
        CREATE TABLE small_1 (id bigint PRIMARY KEY, note text);
        CREATE TABLE small_2 (id bigint PRIMARY KEY, note text);
        CREATE TABLE small_3 (id bigint PRIMARY KEY, note text);
        """;

    const string Rows = """
        INSERT INTO large SELECT i, now(), i / 100.0, md5(i::text) || md5((-i)::text) FROM generate_series(1, 2000000) AS i;
        INSERT INTO small_1 SELECT i, md5(i::text) FROM generate_series(1, 300000) AS i;
        INSERT INTO small_2 SELECT * FROM small_1;
        INSERT INTO small_3 SELECT * FROM small_1;
        """;

    const string IsCopied = "SELECT count(*) = 4 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel";

    public static async Task<IReadOnlyList<Figure>> BridgeAsync(string bootstrapServers, int version)
    {
        await using var cluster = await BridgeCluster.StartAsync(bootstrapServers, Tables, [version, version], Setup.Settings);
        await FillAsync(cluster.Servers[0]);
        var started = Stopwatch.GetTimestamp();
        await cluster.CommandAsync("apply", "--yes", "--copy-from", BridgeCluster.NodeName(0));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await cluster.RequireEqualAsync("large", "small_1", "small_2", "small_3");
        return [new Figure("W5", "s", seconds)];
    }

    public static async Task<IReadOnlyList<Figure>> NativeAsync(int version)
    {
        await using var source = await StartAsync(version);
        await using var target = await StartAsync(version);
        await FillAsync(source);
        await source.ExecuteAsync(Setup.Database, "CREATE PUBLICATION bench FOR TABLES IN SCHEMA public");
        var started = Stopwatch.GetTimestamp();
        await target.ExecuteAsync(
            Setup.Database,
            $"CREATE SUBSCRIPTION bench CONNECTION 'host=127.0.0.1 port={source.Port} user=postgres dbname={Setup.Database}' "
            + "PUBLICATION bench");
        await Eventually.TrueAsync(
            () => target.ScalarAsync<bool>(Setup.Database, IsCopied), "every table copied", TimeSpan.FromMinutes(10));
        return [new Figure("W5", "s", Stopwatch.GetElapsedTime(started).TotalSeconds)];
    }

    static async Task<PostgresServer> StartAsync(int version)
    {
        var server = await PostgresServer.StartAsync(version, [.. Setup.Settings]);
        await server.CreateDatabaseAsync(Setup.Database);
        await server.ExecuteAsync(Setup.Database, Tables);
        return server;
    }

    static async Task FillAsync(PostgresServer server)
    {
        await server.ExecuteAsync(Setup.Database, Rows);
        await server.ExecuteAsync(Setup.Database, "CHECKPOINT");
    }
}
