using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Inserts, updates and deletes of 1,000 keys, of rows that claim unique values, and increments of 1,000 counters on every
/// node: connected, then apart (every bridge is killed), then connected again, where one bridge after the other is killed.
/// Then the nodes must be equal, the counters exact, and the conflict history true.
/// </summary>
public static class PartitionCampaign
{
    const string Tables =
        """
        CREATE TABLE thing (id int PRIMARY KEY, value text, note text);
        CREATE TABLE seat (id int PRIMARY KEY, place int UNIQUE, guest text);
        ALTER TABLE seat REPLICA IDENTITY FULL;
        CREATE TABLE counter (id int PRIMARY KEY, total bigint NOT NULL, last text);
        CREATE SCHEMA audit;
        CREATE TABLE audit.added (amount int);
        """;

    const string Rules = "conflicts: { tables: { public.counter: { total: delta } } }";

    static readonly (string Name, int Weight, string Script)[] Scripts =
    [
        ("write", 5, """
            \set id random(1, 1000)
            INSERT INTO thing VALUES (:id, 'value ' || :id, clock_timestamp()::text)
            ON CONFLICT (id) DO UPDATE SET note = excluded.note, value = thing.value || 'u';
            """),
        ("change", 3, """
            \set id random(1, 1000)
            UPDATE thing SET value = left(md5(random()::text), 10) WHERE id = :id;
            """),
        ("delete", 2, """
            \set id random(1, 1000)
            DELETE FROM thing WHERE id = :id;
            """),
        ("sit", 2, """
            \set id random(1, 1000)
            \set place random(1, 300)
            INSERT INTO seat VALUES (:id, :place, 'guest') ON CONFLICT DO NOTHING;
            """),
        ("stand", 1, """
            \set id random(1, 1000)
            DELETE FROM seat WHERE id = :id;
            """),
        ("count", 5, """
            \set id random(1, 1000)
            \set amount random(1, 9)
            BEGIN;
            UPDATE counter SET total = total + :amount, last = 'by ' || :amount WHERE id = :id;
            INSERT INTO audit.added VALUES (:amount);
            COMMIT;
            """),
    ];

    /// <returns>One summary line.</returns>
    /// <exception cref="InvalidOperationException">The nodes differ, or a counter is not the sum of its increments.</exception>
    public static async Task<string> RunAsync(int nodes, int seconds, int version, int perSecond, Action<string> progress)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, Tables, [.. Enumerable.Repeat(version, nodes)]);
        await cluster.ConfigureAsync(Rules);
        await cluster.CommandAsync("apply", "--yes");
        await cluster.Servers[0].ExecuteAsync(
            BridgeCluster.Database, "INSERT INTO counter SELECT i, 0, 'none' FROM generate_series(1, 1000) AS i");
        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);

        var directory = Directory.CreateTempSubdirectory("kafkabridge-partition-");
        string[] load = ["-n", "-c", "2", "-R", $"{perSecond}", "-T", $"{seconds / 3}"];
        foreach (var (name, weight, script) in Scripts)
        {
            var file = Path.Combine(directory.FullName, name);
            await File.WriteAllTextAsync(file, script);
            load = [.. load, "-f", $"{file}@{weight}"];
        }

        Task Write() => Task.WhenAll(cluster.Servers.Select(server => Pgbench.RunAsync(server, BridgeCluster.Database, load)));
        await Write();
        progress("connected: written");
        await OnEachAsync(bridges.KillAsync);
        await Write();
        progress("apart: written");
        await OnEachAsync(node =>
        {
            bridges.Start(node);
            return Task.CompletedTask;
        });
        var writing = Write();
        await OnEachAsync(async node =>
        {
            var since = await NodeProgress.ReadAsync(cluster, node);
            await bridges.EventuallyAsync(
                async () => writing.IsCompleted || (await NodeProgress.ReadAsync(cluster, node)).IsBeyond(since),
                $"{BridgeCluster.NodeName(node)} publishes and applies", TimeSpan.FromSeconds(120));
            await bridges.KillAsync(node);
            bridges.Start(node);
        });
        await writing;
        progress("connected again: written");
        directory.Delete(recursive: true);
        var drained = Stopwatch.StartNew();
        await bridges.WaitCaughtUpAsync(300);
        var took = drained.Elapsed.TotalSeconds;

        await cluster.RequireEqualAsync("thing", "seat", "counter");
        var (total, added) = (await SumAsync(cluster, 0, "SELECT sum(total)::bigint FROM counter"), 0L);
        for (var node = 0; node < nodes; node++)
        {
            added += await SumAsync(cluster, node, "SELECT coalesce(sum(amount), 0) FROM audit.added");
        }

        if (total != added)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"the counters come to {total}, the increments to {added}"));
        }

        var history = await ConflictCheck.VerifyAsync(cluster);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"partition: {nodes} nodes on PostgreSQL {version}, {seconds} s, a third of it apart, {2 * nodes} kills: "
            + $"drained in {took:F1} s, 0 differing rows, counters exact ({added}), {history}");

        async Task OnEachAsync(Func<int, Task> act)
        {
            for (var node = 0; node < nodes; node++)
            {
                await act(node);
            }
        }
    }

    static Task<long> SumAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].ScalarAsync<long>(BridgeCluster.Database, sql);
}
