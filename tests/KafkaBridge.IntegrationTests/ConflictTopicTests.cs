using System.Text;
using Confluent.Kafka;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.IntegrationTests;

/// <summary><c>cluster.conflicts</c> holds what each node's history holds.</summary>
public sealed class ConflictTopicTests
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, name text)";
    const string Rows = "SELECT name || ':' || id, to_jsonb(c) - 'published' FROM kafkabridge.conflict c, kafkabridge.node n ORDER BY id";

    [Fact]
    public async Task Each_node_publishes_what_it_noted_once_and_over_restarts()
    {
        const int Many = 450; // more than are on their way at once
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 18);
        await cluster.ConfigureAsync("partitions_per_node: 2");
        await cluster.CommandAsync("apply", "--yes");
        await BothAsync(cluster, node => $"INSERT INTO item SELECT i, 'é {node}' FROM generate_series(1, {Many}) AS i");
        await using (var first = cluster.Run())
        {
            await PublishedAsync(cluster, Many);
            Assert.Equal(0, await first.StopAsync());
        }

        await BothAsync(cluster, node => $"UPDATE item SET name = 'again {node}' WHERE id = 1");
        await using (var second = cluster.Run())
        {
            await PublishedAsync(cluster, Many + 1);
            for (var node = 0; node < 2; node++)
            {
                var records = Records(cluster, 2 * node);
                Assert.Equal(await cluster.Servers[node].TextAsync(BridgeCluster.Database, Rows), records);
                Assert.Empty(Records(cluster, (2 * node) + 1));
            }

            await second.KillAsync();
        }

        // Killed after Kafka had them and before they were marked: they come again, and the last of a key is the row.
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "UPDATE kafkabridge.conflict SET published = false WHERE id <= 2");
        await using var third = cluster.Run();
        await PublishedAsync(cluster, Many + 1);
        var repeated = Records(cluster, 0);
        Assert.Equal(Many + 3, repeated.Count);
        Assert.Equal(repeated.Take(2), repeated.TakeLast(2));
    }

    static async Task PublishedAsync(BridgeCluster cluster, int count)
    {
        for (var node = 0; node < 2; node++)
        {
            var server = cluster.Servers[node];
            await Eventually.EqualAsync(
                (long)count,
                () => server.ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM kafkabridge.conflict WHERE published"),
                $"published by {BridgeCluster.NodeName(node)}");
        }
    }

    /// <summary>Before any bridge runs: neither can have known of the other.</summary>
    static Task BothAsync(BridgeCluster cluster, Func<int, string> sql) => Task.WhenAll(
        Enumerable.Range(0, 2).Select(node => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql(node))));

    static List<string> Records(BridgeCluster cluster, int partition)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = cluster.BootstrapServers, GroupId = "test", EnablePartitionEof = true }).Build();
        consumer.Assign(new TopicPartitionOffset(new TopicNames(cluster.Name).Conflicts, partition, Offset.Beginning));
        var records = new List<string>();
        while (consumer.Consume(TimeSpan.FromSeconds(20)) is { IsPartitionEOF: false } record)
        {
            records.Add($"{Encoding.UTF8.GetString(record.Message.Key)}|{Encoding.UTF8.GetString(record.Message.Value)}");
        }

        return records;
    }
}
