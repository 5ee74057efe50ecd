using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka;

/// <summary>The end of a node's spine.</summary>
/// <param name="Last">Its last record; null when it holds none.</param>
/// <param name="Offset">Of the last record.</param>
/// <param name="First">The first offset that is kept: so many records were there before.</param>
public sealed record SpineEnd(SpineRecord? Last, long Offset, long First)
{
    /// <summary>The node has published, and nothing of it is kept.</summary>
    public bool IsEmptied => Last is null && First > 0;
}

/// <summary>What a node finds in its own partitions when it starts.</summary>
public static class OwnPartition
{
    /// <summary>
    /// A spine partition's last record before its present end. Of the newest session: a process that was stopped and wakes
    /// again may have written behind it. What is none of the node's is passed over: it stops those who apply.
    /// </summary>
    public static async Task<SpineEnd> LastSpineAsync(
        KafkaSettings settings, TopicNames topics, int node, int partition, CancellationToken ct)
    {
        var clientId = KafkaSettings.ClientId(topics.Cluster, "any", "spine-end");
        var errors = new ClientErrors(settings.BootstrapServers);
        using var consumer = PartitionConsumer.Open(settings, clientId, errors);
        await PartitionConsumer.RequireTopicAsync(consumer, topics.Spine, errors, ct);
        var place = new TopicPartition(topics.Spine, partition);
        var ends = await PartitionConsumer.EndAsync(consumer, place, errors, ct);
        var last = await Task.Run(() => Last(consumer, place, ends, node, errors, ct), ct);
        return new SpineEnd(last?.Record, last?.Offset ?? -1, ends.Low.Value);
    }

    static (SpineRecord Record, long Offset)? Last(
        IConsumer<byte[], byte[]> consumer, TopicPartition place, WatermarkOffsets ends, int node, ClientErrors errors,
        CancellationToken ct)
    {
        for (var back = Limits.SpineLookBack; ends.High.Value > ends.Low.Value; back *= 16)
        {
            var start = Math.Max(ends.Low.Value, ends.High.Value - back);
            consumer.Assign(new TopicPartitionOffset(place, start));
            (SpineRecord Record, long Offset)? last = null;
            foreach (var next in Below(consumer, place, ends.High.Value, errors, ct))
            {
                if (Own(next, node) is { } record && (last is null || Session(record).CompareTo(Session(last.Value.Record)) >= 0))
                {
                    last = (record, next.Offset.Value);
                }
            }

            if (last is not null || start == ends.Low.Value)
            {
                return last;
            }
        }

        return null;
    }

    static (int Epoch, int Session) Session(SpineRecord record) => (record.Epoch, record.Session);

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

    /// <summary>
    /// The records before an offset that is the partition's end; a marker there, or a record compacted away, ends it too.
    /// </summary>
    static IEnumerable<ConsumeResult<byte[], byte[]>> Below(
        IConsumer<byte[], byte[]> consumer, TopicPartition place, long end, ClientErrors errors, CancellationToken ct)
    {
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
                yield break;
            }

            yield return next;
            if (next.Offset.Value == end - 1)
            {
                yield break;
            }
        }
    }
}
