using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <content>Readers: they take no lock.</content>
sealed partial class PartitionLog
{
    /// <summary>
    /// Whole batches below the high watermark, from the one that holds the offset on: at most so many bytes, but the first batch in
    /// any case; null if there is nothing yet. The offset is within the log.
    /// </summary>
    public LogSlice? Locate(long offset, int bytes) => Locate(offset, bytes, HighWatermark);

    /// <summary>As the other, below that offset, which is at most the high watermark and no batch holds across it.</summary>
    public LogSlice? Locate(long offset, int bytes, long below)
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
            return first.BaseOffset >= below ? null : taken[i].WholeBatches(position, Math.Max(first.TotalBytes, bytes), below);
        }

        return null;
    }
}
