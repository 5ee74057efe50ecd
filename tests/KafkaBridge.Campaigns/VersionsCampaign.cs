using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>pgbench's TPC-B on every node at once; then every node must hold the same rows.</summary>
public static class VersionsCampaign
{
    static readonly string[] Tables = ["pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history"];

    /// <param name="scale">pgbench's scale: 100,000 accounts each.</param>
    /// <param name="versions">PostgreSQL major versions, one node each.</param>
    /// <returns>One summary line.</returns>
    public static async Task<string> RunAsync(int seconds, int scale, params int[] versions)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, "SELECT 1", versions);
        for (var node = 0; node < versions.Length; node++)
        {
            await PgbenchAsync(cluster, node, "--initialize", "--quiet", "--init-steps", "dtgvp", "--scale", Text(scale));
        }

        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run();
        var before = await ConfirmedAsync(cluster);

        await Task.WhenAll(Enumerable.Range(0, versions.Length).Select(node => PgbenchAsync(
            cluster, node, "--no-vacuum", "--client", "4", "--time", Text(seconds))));
        var drained = Stopwatch.StartNew();
        await cluster.WaitCaughtUpAsync(300);

        for (var node = 1; node < versions.Length; node++)
        {
            foreach (var table in Tables)
            {
                var (first, here) = (await cluster.ChecksumAsync(0, table), await cluster.ChecksumAsync(node, table));
                if (first != here)
                {
                    throw new InvalidOperationException(
                        $"{table} differs: {BridgeCluster.NodeName(0)} {first}, {BridgeCluster.NodeName(node)} {here}");
                }
            }
        }

        if ((await ConfirmedAsync(cluster)).Zip(before).Any(pair => pair.First <= pair.Second))
        {
            throw new InvalidOperationException("a slot did not advance");
        }

        var transactions = await cluster.Servers[0].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM pgbench_history");
        var conflicts = await cluster.Servers[0].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM kafkabridge.conflict");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"versions: PostgreSQL {string.Join(" ↔ ", versions)}: {seconds} s at scale {scale}, {transactions} transactions, "
            + $"{conflicts} conflicts on {BridgeCluster.NodeName(0)}, drained in {drained.Elapsed.TotalSeconds:F1} s, nodes equal");
    }

    static async Task<long[]> ConfirmedAsync(BridgeCluster cluster) => await Task.WhenAll(cluster.Servers.Select(server =>
        server.ScalarAsync<long>(
            BridgeCluster.Database,
            "SELECT (confirmed_flush_lsn - '0/0')::bigint FROM pg_replication_slots WHERE slot_name LIKE 'kafkabridge%'")));

    static async Task PgbenchAsync(BridgeCluster cluster, int node, params string[] arguments)
    {
        var start = new ProcessStartInfo("pgbench") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PATH"] += ":/usr/lib/postgresql/15/bin";
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(cluster.Servers[node].Uri(BridgeCluster.Database));
        using var process = Process.Start(start) ?? throw new InvalidOperationException("pgbench did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"pgbench exited {process.ExitCode}: {errors}{await output}");
        }
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
