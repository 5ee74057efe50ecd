using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Tests;

public sealed class DataReaderTests
{
    const int Records = 20_000; // with a value of a KiB each: more than all queues may hold

    [Fact]
    public async Task A_partition_that_was_paused_is_read_on_far_ahead_of_where_it_was_left()
    {
        var topic = "t" + Guid.NewGuid().ToString("N");
        var other = topic + "-other";
        var settings = await WithTopicsAsync(topic, other);

        Produce(settings, topic, Records, valueBytes: 1024);
        using var reader = new DataReader(settings, "test", "test", new LeftOut(), _ => { });
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        var queue = reader.QueueFor(Extent(topic, 0));
        await queue.TakeAsync(deadline.Token);
        var waiting = reader.QueueFor(Extent(other, 0)).TakeAsync(deadline.Token).AsTask();
        await Eventually.TrueAsync(() => queue.IsPaused, "all queues are full, and a reader waits for what is not among them");

        var far = await reader.QueueFor(Extent(topic, Records - 1)).TakeAsync(deadline.Token);
        Assert.Equal(Records - 1, far.Where.Offset);
        await deadline.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>What the consumer's thread has in hand of the old place, far ahead of the reader, is none of the new queue's.</summary>
    [Fact]
    public async Task A_partition_that_is_read_on_far_ahead_begins_with_the_record_wanted()
    {
        const int Hop = (int)Limits.SeekGap + 2;
        var topic = "t" + Guid.NewGuid().ToString("N");
        var settings = await WithTopicsAsync(topic);

        Produce(settings, topic, 12 * Hop, valueBytes: 16);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var round = 0; round < 3; round++)
        {
            using var reader = new DataReader(settings, "test", "test", new LeftOut(), _ => { });
            for (var offset = 0L; offset < 12 * Hop; offset += Hop)
            {
                var record = await reader.QueueFor(Extent(topic, offset)).TakeAsync(deadline.Token);
                Assert.True(offset == record.Where.Offset, $"round {round}: {record.Where.Offset} where {offset} was wanted");
            }
        }
    }

    /// <summary>A pause throws away what the client has fetched: the reader of a full queue would wait for it again and again.</summary>
    [Fact]
    public void Full_queues_that_are_being_read_are_not_crowded()
    {
        using var all = new DataBytes();
        all.Add(Limits.DataBytes);
        Assert.False(all.IsCrowded);
        all.Waiting(1);
        Assert.True(all.IsCrowded);
        all.Waiting(-1);
        Assert.False(all.IsCrowded);
    }

    static async Task<KafkaSettings> WithTopicsAsync(params string[] names)
    {
        var kafka = await TestKafka.SharedAsync();
        var settings = new KafkaSettings(new Dictionary<string, string> { ["bootstrap.servers"] = kafka.BootstrapServers }, null, null);
        using var admin = settings.OpenAdmin("test");
        await admin.CreateTopicsAsync(
            names.Select(name => new TopicSpecification { Name = name, NumPartitions = 1, ReplicationFactor = 1 }));
        return settings;
    }

    static SpineExtent Extent(string topic, long offset) => new(topic, 0, offset, offset, 1);

    static void Produce(KafkaSettings settings, string topic, int records, int valueBytes)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(settings.Producer("test")).Build();
        var header = new RecordHeader(RecordFlags.None, 0, 1, 1, new Lsn(1), 1, 0).ToBytes();
        for (var i = 0; i < records; i++)
        {
            producer.Produce(topic, new Message<Null, byte[]>
            {
                Value = new byte[valueBytes],
                Headers = [new Header(RecordHeader.Name, header)],
            });
            if (i % 10_000 == 0)
            {
                producer.Flush(TimeSpan.FromSeconds(60)); // its queue has bounds
            }
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }
}
