using System.Globalization;
using System.Text.RegularExpressions;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>pgbench's TPC-B on every node of a cluster at once, 4 clients each.</summary>
sealed partial class PgbenchLoad(BridgeCluster cluster)
{
    static readonly string[] Tables = ["pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history"];

    /// <summary>The same rows on every node. Each is 100,000 accounts of a scale.</summary>
    public async Task InitializeAsync(int scale)
    {
        foreach (var server in cluster.Servers)
        {
            await Pgbench.RunAsync(
                server, BridgeCluster.Database, "--initialize", "--quiet", "--init-steps", "dtgvp", "--scale", Text(scale));
        }
    }

    /// <returns>Transactions committed on all nodes.</returns>
    public async Task<long> RunAsync(int seconds)
    {
        var counts = await Task.WhenAll(cluster.Servers.Select(server => RunAsync(server, seconds)));
        return counts.Sum();
    }

    /// <exception cref="InvalidOperationException">Not every transaction is on every node, or the nodes differ.</exception>
    public async Task RequireWholeAsync(long committed)
    {
        await cluster.RequireEqualAsync(Tables);
        var rows = await cluster.Servers[0].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM pgbench_history");
        if (rows != committed)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"pgbench_history has {rows} rows of {committed} transactions"));
        }
    }

    /// <summary>One node alone.</summary>
    public static async Task<long> RunAsync(PostgresServer server, int seconds)
    {
        var output = await Pgbench.RunAsync(
            server, BridgeCluster.Database, "--no-vacuum", "--client", "4", "--time", Text(seconds));
        return long.Parse(Processed().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("transactions actually processed: ([0-9]+)")]
    private static partial Regex Processed();
}
