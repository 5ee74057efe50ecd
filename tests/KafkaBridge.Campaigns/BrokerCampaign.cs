using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Three brokers, every topic on all of them; pgbench on every node while brokers are killed by SIGKILL and brought back, one
/// after the other. Then every committed transaction must be on every node.
/// </summary>
public static class BrokerCampaign
{
    const int Brokers = 3;

    /// <summary>The clock between kills is the WAL that the load writes.</summary>
    const int WalBetween = 3 * 1024 * 1024;

    /// <param name="seconds">At least so long; longer until all kills are done.</param>
    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">A transaction was lost, or the nodes differ.</exception>
    public static async Task<string> RunAsync(int seconds, int scale, int kills, int seed, Action<string> progress)
    {
        var random = new Random(seed);
        await using var kafka = await TestKafka.StartOwnAsync(Brokers);
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, "SELECT 1", 15, 15);
        await cluster.ConfigureAsync("replication_factor: 3"); // min.insync.replicas follows: 2
        var pgbench = new PgbenchLoad(cluster);
        await pgbench.InitializeAsync(scale);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);

        var done = 0;
        var running = LoadAsync();
        while (done < kills)
        {
            await WroteAsync(cluster, random.Next(WalBetween), running);
            var broker = 1 + random.Next(Brokers);
            await kafka.KillBrokerAsync(broker);
            progress(string.Create(CultureInfo.InvariantCulture, $"broker {broker} killed ({done + 1} of {kills})"));
            await WroteAsync(cluster, random.Next(WalBetween), running);
            await kafka.RestartBrokerAsync(broker);
            progress(string.Create(CultureInfo.InvariantCulture, $"broker {broker} is back"));
            done++;
        }

        var committed = await running;
        var drained = Stopwatch.StartNew();
        await bridges.WaitCaughtUpAsync(600);
        var drain = drained.Elapsed.TotalSeconds;
        await pgbench.RequireWholeAsync(committed);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"brokers: {kills} kills of one of {Brokers} brokers, seed {seed}, scale {scale}: {committed} transactions, "
            + $"drained in {drain:F1} s, 0 lost, nodes equal");

        async Task<long> LoadAsync()
        {
            var transactions = 0L;
            do
            {
                transactions += await pgbench.RunAsync(seconds);
            }
            while (Volatile.Read(ref done) < kills);

            return transactions;
        }
    }

    /// <summary>Waits until the first node has written so many bytes of WAL, or the load has ended.</summary>
    static async Task WroteAsync(BridgeCluster cluster, long bytes, Task load)
    {
        var until = await WalAsync(cluster) + bytes;
        await Eventually.TrueAsync(
            async () => load.IsCompleted || await WalAsync(cluster) >= until, "WAL is written", TimeSpan.FromMinutes(5));
    }

    static async Task<long> WalAsync(BridgeCluster cluster) => await cluster.Servers[0].ScalarAsync<long>(
        BridgeCluster.Database, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint");
}
