using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Every lag tool, Kafka's own among them, shows how far each node is with the others' changes.</summary>
public sealed class ConsumerGroupOffsets
{
    const string LagTool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";

    [KafkaToolsFact]
    public async Task A_lag_tool_sees_each_node_catch_up_and_destroy_takes_its_group_away()
    {
        var kafka = await TestKafka.SharedAsync();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, "CREATE TABLE item (id int PRIMARY KEY)", 15, 15);
        var (eu, us) = ($"kafkabridge.{cluster.Name}.eu", $"kafkabridge.{cluster.Name}.us");
        var item = $"{cluster.Name}.public.item";
        await cluster.CommandAsync("apply", "--yes");
        await using (var both = cluster.Run())
        {
            await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item SELECT generate_series(1, 100)");
            await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item SELECT generate_series(101, 120)");
            await cluster.WaitCaughtUpAsync();
            await Eventually.EqualAsync(20L, () => CommittedAsync(admin, eu, new TopicPartition(item, 1)), "what eu has of us");
            Assert.Equal(0, await both.StopAsync());
        }

        Assert.Equal(100L, await CommittedAsync(admin, us, new TopicPartition(item, 0)));
        await using (cluster.Run(0))
        {
            await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "DELETE FROM item WHERE id <= 7");
            await Eventually.EqualAsync(107L, () => EndAsync(admin, new TopicPartition(item, 0)), "the deletes in Kafka");
        }

        var shown = await kafka.ToolAsync(LagTool, "--describe", "--group", us);
        var row = shown.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Single(cells => cells.Length > 5 && cells[1] == item && cells[2] == "0");
        Assert.Equal(["100", "107", "7"], row[3..6]); // committed, end, lag

        await cluster.CommandAsync("destroy", "--yes");
        var groups = await admin.ListConsumerGroupsAsync();
        Assert.DoesNotContain(groups.Valid, group => group.GroupId == eu || group.GroupId == us);
    }

    /// <summary>The offset that the group has committed in a partition; the next one that the node will apply.</summary>
    static async Task<long> CommittedAsync(IAdminClient admin, string group, TopicPartition partition)
    {
        var found = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, [partition])]);
        return found[0].Partitions[0].Offset.Value;
    }

    static async Task<long> EndAsync(IAdminClient admin, TopicPartition partition)
    {
        var latest = new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() };
        var found = await admin.ListOffsetsAsync([latest]);
        return found.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
    }
}
