using System.Buffers;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka.Tests;

public class OwnPartitionTests
{
    [Fact]
    public async Task The_last_spine_record_is_the_partitions_own_and_an_empty_one_has_none()
    {
        using var cluster = await TestCluster.CreateAsync();
        await cluster.ApplyAsync(TopicPlan.Wanted(cluster.Topics, [], nodes: 2, perNode: 1, new TopicOptions()));
        using var producer = new ProducerBuilder<Null, byte[]>(cluster.Settings.Producer("test")).Build();
        for (var session = 1; session <= 3; session++)
        {
            await producer.ProduceAsync(new TopicPartition(cluster.Topics.Spine, 1), new Message<Null, byte[]> { Value = Spine(session) });
        }

        Assert.Equal(
            new SpineEnd(null, -1, 0), await OwnPartition.LastSpineAsync(cluster.Settings, cluster.Topics, 1, 0, CancellationToken.None));
        var last = await OwnPartition.LastSpineAsync(cluster.Settings, cluster.Topics, 1, 1, CancellationToken.None);
        Assert.Equal(2, last.Offset);
        Assert.Equal(3, last.Last?.Session);
    }

    [Fact]
    public async Task A_partition_whose_records_are_all_gone_is_not_one_that_never_had_any()
    {
        using var cluster = await TestCluster.CreateAsync();
        await cluster.ApplyAsync(TopicPlan.Wanted(cluster.Topics, [], nodes: 2, perNode: 1, new TopicOptions()));
        var place = new TopicPartition(cluster.Topics.Spine, 1);
        using var producer = new ProducerBuilder<Null, byte[]>(cluster.Settings.Producer("test")).Build();
        await producer.ProduceAsync(place, new Message<Null, byte[]> { Value = Spine(1) });
        await producer.ProduceAsync(place, new Message<Null, byte[]> { Value = Spine(2) });
        using var admin = cluster.Settings.OpenAdmin("test");
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(place, Offset.End)]);

        var end = await OwnPartition.LastSpineAsync(cluster.Settings, cluster.Topics, 1, 1, CancellationToken.None);
        Assert.Equal(new SpineEnd(null, -1, 2), end);
        Assert.True(end.IsEmptied);
    }

    [Fact]
    public async Task Transaction_markers_at_the_end_are_passed_over()
    {
        using var cluster = await TestCluster.CreateAsync();
        await cluster.ApplyAsync(TopicPlan.Wanted(cluster.Topics, [], nodes: 1, perNode: 1, new TopicOptions()));
        var config = cluster.Settings.Producer("test");
        config.TransactionalId = cluster.Topics.Cluster;
        config.MessageTimeoutMs = 30_000;
        using var producer = new ProducerBuilder<Null, byte[]>(config).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        Produce(1, () => producer.CommitTransaction());
        Produce(2, () => producer.AbortTransaction());

        var last = await OwnPartition.LastSpineAsync(cluster.Settings, cluster.Topics, 1, 0, CancellationToken.None);
        Assert.Equal(0, last.Offset);
        Assert.Equal(1, last.Last?.Session);

        void Produce(int session, Action end)
        {
            producer.BeginTransaction();
            producer.Produce(new TopicPartition(cluster.Topics.Spine, 0), new Message<Null, byte[]> { Value = Spine(session) });
            producer.Flush(TimeSpan.FromSeconds(30));
            end();
        }
    }

    static byte[] Spine(int session)
    {
        var output = new ArrayBufferWriter<byte>();
        SpineCodec.Encode(
            new SpineRecord
            {
                Kind = SpineKind.SessionStart,
                Node = 1,
                Session = session,
                Epoch = 1,
                ConfigVersion = 1,
                DecodedLsn = new Lsn(100),
                Watermark = 0,
                Transactions = [],
                Applied = [],
            },
            1,
            output);
        return output.WrittenSpan.ToArray();
    }
}
