using System.Buffers;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <summary>A record's place and time.</summary>
readonly record struct TimedOffset(long Offset, long Timestamp);

/// <summary>Finds records by their time: by index and batch headers first, then inside the one batch.</summary>
static class TimeSearch
{
    /// <summary>The first record that is not earlier; null if all that can be read are.</summary>
    public static TimedOffset? First(PartitionLog log, long timestamp)
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderBytes];
        foreach (var segment in log.Segments.Take())
        {
            // A batch may say that it has such a record and have none left: compaction took it, or the log's start was raised above it.
            for (var at = segment.FindTime(timestamp, header); at is { } position && segment.ReadHeader(position, header);)
            {
                var batch = new RecordBatch(header);
                if (batch.BaseOffset >= log.HighWatermark)
                {
                    return null;
                }

                if (batch.MaxTimestamp >= timestamp && batch.LastOffset >= log.LogStart
                    && InBatch(segment, position, record => record.Timestamp >= timestamp && record.Offset >= log.LogStart) is { } found)
                {
                    return found with { Offset = Math.Max(found.Offset, log.LogStart) };
                }

                at = position + (int)batch.TotalBytes;
            }
        }

        return null;
    }

    /// <summary>The first record that has the greatest timestamp of all; null for an empty log.</summary>
    public static TimedOffset? Greatest(PartitionLog log)
    {
        var segments = log.Segments.Take().Where(segment => segment.Size > 0).ToList();
        return segments.Count == 0 ? null : First(log, segments.Max(segment => segment.MaxTimestamp));
    }

    static TimedOffset? InBatch(LogSegment segment, int position, Func<TimedOffset, bool> wanted)
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderBytes];
        segment.ReadHeader(position, header);
        var size = (int)new RecordBatch(header).TotalBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            segment.Read(position, buffer.AsSpan(0, size));
            var batch = new RecordBatch(buffer.AsSpan(0, size));
            if (batch.IsLogAppendTime || BatchRecords.Inflate(batch) is not { } records)
            {
                return new TimedOffset(batch.BaseOffset, batch.IsLogAppendTime ? batch.MaxTimestamp : batch.BaseTimestamp);
            }

            var cursor = new RecordCursor(records);
            while (cursor.Next())
            {
                var record = new TimedOffset(batch.BaseOffset + cursor.OffsetDelta, batch.BaseTimestamp + cursor.TimestampDelta);
                if (wanted(record))
                {
                    return record;
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
