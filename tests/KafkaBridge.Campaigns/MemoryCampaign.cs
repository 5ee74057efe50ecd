using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// One transaction far larger than every buffer, over many tables one after the other, so that the reader waits for the last of
/// them while all are fetched; then one large value. Neither process of a bridge may take more memory than is promised.
/// </summary>
public static class MemoryCampaign
{
    /// <summary>300 MB are promised, which are 286 MiB.</summary>
    const double MostMebibytes = 286;

    const int Tables = 16;

    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">A process took more memory, or the nodes differ.</exception>
    public static async Task<string> RunAsync(int rows, int valueMebibytes, int version)
    {
        var kafka = await TestKafka.SharedAsync();
        var names = Enumerable.Range(1, Tables).Select(table => string.Create(CultureInfo.InvariantCulture, $"filled_{table}")).ToArray();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers,
            string.Concat(names.Select(name => $"CREATE TABLE {name} (id bigint PRIMARY KEY, payload text NOT NULL);")),
            version,
            version);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);

        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "BEGIN;" + string.Concat(names.Select(name => string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO {name} SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, {rows / Tables}) AS n;"))) + "COMMIT");
        await bridges.WaitCaughtUpAsync(900);
        var (source, target) = (bridges.PeakMebibytes(0), bridges.PeakMebibytes(1));
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO {names[0]} SELECT 0, string_agg(md5(n::text), '') FROM generate_series(1, {valueMebibytes} * 32768) AS n"));
        await bridges.WaitCaughtUpAsync(300);
        var (sourceInAll, targetInAll) = (bridges.PeakMebibytes(0), bridges.PeakMebibytes(1));
        await cluster.RequireEqualAsync(names);

        var summary = string.Create(
            CultureInfo.InvariantCulture,
            $"memory: a transaction of {rows} rows in {Tables} tables on PostgreSQL {version}: at most {source:F0} MiB at the source, "
            + $"{target:F0} MiB at the target; then a value of {valueMebibytes} MiB: {sourceInAll:F0} and {targetInAll:F0} MiB; "
            + $"nodes equal");
        return Math.Max(sourceInAll, targetInAll) <= MostMebibytes ? summary : throw new InvalidOperationException(summary);
    }
}
