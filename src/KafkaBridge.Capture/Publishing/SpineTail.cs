using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Wire;

namespace KafkaBridge.Capture.Publishing;

/// <summary>Looks back in a node's own spine for what the last record alone doesn't say.</summary>
static class SpineTail
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The tick of the last transaction at or before an offset; 0 when the spine still holds none. Looks back ever
    /// further.
    /// </summary>
    public static long LastTick(KafkaSettings settings, TopicNames topics, TopicPartitionOffset last, CancellationToken ct)
    {
        var config = settings.Consumer(KafkaSettings.ClientId(topics.Cluster, "any", "spine-tail"));
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, line) => settings.Log(line)).Build();
        var low = consumer.QueryWatermarkOffsets(last.TopicPartition, Patience).Low.Value;
        var end = last.Offset.Value;
        for (var back = 100L; end >= low; back *= 10)
        {
            var start = Math.Max(low, end - back + 1);
            consumer.Assign(new TopicPartitionOffset(last.TopicPartition, start));
            if (LastTick(consumer, start, end, ct) is > 0 and var tick)
            {
                return tick;
            }

            end = start - 1;
        }

        return 0;
    }

    static long LastTick(IConsumer<byte[], byte[]> consumer, long start, long end, CancellationToken ct)
    {
        var tick = 0L;
        for (var offset = start - 1; offset < end;)
        {
            ct.ThrowIfCancellationRequested();
            var record = consumer.Consume(Patience)
                ?? throw new TimeoutException($"The spine's own partition gave no record in {Patience} from offset {offset + 1}.");
            offset = record.Offset.Value;
            if (offset <= end && SpineCodec.Decode(record.Message.Value).Transactions is [.., var transaction])
            {
                tick = transaction.VersionTick;
            }
        }

        return tick;
    }
}
