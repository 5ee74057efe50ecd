using Confluent.Kafka;
using KafkaBridge.Changes;
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
    public static long LastTick(KafkaSettings settings, TopicNames topics, int node, TopicPartitionOffset last, CancellationToken ct)
    {
        var config = settings.Consumer(KafkaSettings.ClientId(topics.Cluster, "any", "spine-tail"));
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, line) => settings.Log(line)).Build();
        var low = consumer.QueryWatermarkOffsets(last.TopicPartition, Patience).Low.Value;
        var end = last.Offset.Value;
        for (var back = 100L; end >= low; back *= 10)
        {
            var start = Math.Max(low, end - back + 1);
            consumer.Assign(new TopicPartitionOffset(last.TopicPartition, start));
            if (LastTick(consumer, node, start, end, ct) is > 0 and var tick)
            {
                return tick;
            }

            end = start - 1;
        }

        return 0;
    }

    static long LastTick(IConsumer<byte[], byte[]> consumer, int node, long start, long end, CancellationToken ct)
    {
        var tick = 0L;
        for (var offset = start - 1; offset < end;)
        {
            ct.ThrowIfCancellationRequested();
            var record = consumer.Consume(Patience)
                ?? throw new TimeoutException($"The spine's own partition gave no record in {Patience} from offset {offset + 1}.");
            offset = record.Offset.Value;
            if (offset <= end && Own(record, node) is { Transactions: [.., var transaction] })
            {
                tick = Math.Max(tick, transaction.VersionTick);
            }
        }

        return tick;
    }

    /// <summary>Null for what another than the node wrote: it stops those who apply, and is nothing to start from.</summary>
    static SpineRecord? Own(ConsumeResult<byte[], byte[]> result, int node)
    {
        try
        {
            return SpineCodec.Decode(result.Message.Value ?? []) is var record && record.Node == node ? record : null;
        }
        catch (WireException)
        {
            return null;
        }
    }
}
