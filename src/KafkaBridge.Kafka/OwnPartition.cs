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
        using var scan = new PartitionScan(settings, clientId);
        await scan.RequireTopicAsync(topics.Spine, ct);
        var place = new TopicPartition(topics.Spine, partition);
        var ends = await scan.EndsAsync(place, ct);
        var last = await Task.Run(() => Last(scan, place, ends, node, ct), ct);
        return new SpineEnd(last?.Record, last?.Offset ?? -1, ends.Low.Value);
    }

    static (SpineRecord Record, long Offset)? Last(
        PartitionScan scan, TopicPartition place, WatermarkOffsets ends, int node, CancellationToken ct)
    {
        for (var back = Limits.SpineLookBack; ends.High.Value > ends.Low.Value; back *= 16)
        {
            var start = Math.Max(ends.Low.Value, ends.High.Value - back);
            (SpineRecord Record, long Offset)? last = null;
            foreach (var next in scan.Read(place, start, ends.High.Value, ct))
            {
                if (SpineCodec.DecodeOwn(next.Message.Value, node) is { } record
                    && (last is null || Session(record).CompareTo(Session(last.Value.Record)) >= 0))
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
}
