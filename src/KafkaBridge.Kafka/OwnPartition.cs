using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka;

/// <summary>What a node finds in its own partitions when it starts.</summary>
public static class OwnPartition
{
    /// <summary>The last record of a spine partition before its present end, with its offset; null when the partition holds none.</summary>
    /// <exception cref="WireException">The record is not a spine record that this version reads.</exception>
    public static async Task<(SpineRecord Record, long Offset)?> LastSpineAsync(
        KafkaSettings settings, TopicNames topics, int partition, CancellationToken ct)
    {
        var clientId = KafkaSettings.ClientId(topics.Cluster, "any", "spine-end");
        var errors = new ClientErrors(settings.BootstrapServers);
        using var consumer = PartitionConsumer.Open(settings, clientId, errors);
        await PartitionConsumer.RequireTopicAsync(consumer, topics.Spine, errors, ct);
        var place = new TopicPartition(topics.Spine, partition);
        var ends = await PartitionConsumer.EndAsync(consumer, place, errors, ct);
        var last = await Task.Run(() => LastRecord(consumer, place, ends, errors, ct), ct);
        return last is null ? null : (SpineCodec.Decode(last.Message.Value), last.Offset.Value);
    }

    // The offset before the end may be a marker or compacted away: look back ever further.
    static ConsumeResult<byte[], byte[]>? LastRecord(
        IConsumer<byte[], byte[]> consumer, TopicPartition place, WatermarkOffsets ends, ClientErrors errors, CancellationToken ct)
    {
        for (var back = 1L; ends.High.Value > ends.Low.Value; back *= 16)
        {
            var start = Math.Max(ends.Low.Value, ends.High.Value - back);
            consumer.Assign(new TopicPartitionOffset(place, start));
            if (LastBelow(consumer, place, ends.High.Value, errors, ct) is { } found)
            {
                return found;
            }

            if (start == ends.Low.Value)
            {
                break;
            }
        }

        return null;
    }

    static ConsumeResult<byte[], byte[]>? LastBelow(
        IConsumer<byte[], byte[]> consumer, TopicPartition place, long end, ClientErrors errors, CancellationToken ct)
    {
        ConsumeResult<byte[], byte[]>? last = null;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            ConsumeResult<byte[], byte[]>? next;
            try
            {
                next = consumer.Consume(Limits.Progress);
            }
            catch (ConsumeException error)
            {
                throw KafkaFailure.NotRead(error.ConsumerRecord.TopicPartitionOffset, error.Error, error);
            }

            if (next is null)
            {
                throw errors.Explain(new KafkaException(new Error(ErrorCode.Local_TimedOut, $"{place.Topic}/{place.Partition.Value}: "
                    + $"no progress below offset {end}")));
            }

            if (next.IsPartitionEOF || next.Offset.Value >= end)
            {
                return last;
            }

            last = next;
            if (next.Offset.Value == end - 1)
            {
                return last;
            }
        }
    }
}
