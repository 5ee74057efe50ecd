using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <content>Readers: they take no lock.</content>
sealed partial class PartitionLog
{
    /// <summary>
    /// At most so many bytes from the batch that holds the offset on, but the first batch whole; null if there is nothing yet.
    /// The offset is within the log.
    /// </summary>
    public LogSlice? Locate(long offset, int bytes)
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderBytes];
        var taken = segments.Take();
        for (var i = SegmentList.IndexOf(taken, offset); i < taken.Length; i++)
        {
            if (taken[i].Find(offset, header) is not { } position)
            {
                continue;
            }

            var first = new RecordBatch(header);
            if (first.BaseOffset >= HighWatermark)
            {
                return null;
            }

            var available = (int)(taken[i].Size - position);
            return new LogSlice(taken[i], position, Math.Max((int)first.TotalBytes, Math.Min(bytes, available)));
        }

        return null;
    }

    /// <summary>Reads a slice; returns how many of its bytes are whole batches below the high watermark.</summary>
    public int Read(LogSlice slice, Span<byte> target)
    {
        var watermark = HighWatermark;
        var read = slice.Segment.Read(slice.Position, target[..slice.Bytes]);
        var whole = 0;
        while (whole + RecordBatch.HeaderBytes <= read)
        {
            var batch = new RecordBatch(target[whole..read]);
            if (batch.BaseOffset >= watermark || batch.TotalBytes > read - whole)
            {
                break;
            }

            whole += (int)batch.TotalBytes;
        }

        return whole;
    }
}
