using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <summary>What is wrong with a batch, in a sentence for the client, and with which of its records if not with all.</summary>
readonly record struct BatchProblem(ErrorCode Error, string? Message, IReadOnlyList<int>? Records = null)
{
    public static readonly BatchProblem None = new(ErrorCode.None, null);
}

/// <summary>Whether a produced batch may enter a log: its form, its checksum, the topic's limits. Pure.</summary>
static class BatchCheck
{
    const int GreatestCodec = 4;

    public static BatchProblem Check(ReadOnlySpan<byte> bytes, LogSettings settings, long now)
    {
        if (bytes.Length < RecordBatch.HeaderBytes)
        {
            return new BatchProblem(ErrorCode.CorruptMessage, $"{bytes.Length} bytes are no record batch");
        }

        var batch = new RecordBatch(bytes);
        if (batch.Magic != 2)
        {
            return new BatchProblem(ErrorCode.UnsupportedForMessageFormat, $"record format {batch.Magic}: this broker takes format 2 only");
        }

        if (batch.TotalBytes < bytes.Length && batch.TotalBytes >= RecordBatch.HeaderBytes)
        {
            return new BatchProblem(ErrorCode.InvalidRecord, "a produce request has exactly one record batch for each partition");
        }

        if (bytes.Length > settings.MaxMessageBytes)
        {
            return new BatchProblem(ErrorCode.MessageTooLarge, $"the batch has {bytes.Length} bytes, the topic's max.message.bytes is "
                + $"{settings.MaxMessageBytes}");
        }

        if (!batch.IsIntact)
        {
            return new BatchProblem(ErrorCode.CorruptMessage, "the batch's length or checksum is wrong");
        }

        if (batch.RecordCount <= 0 || batch.LastOffsetDelta != batch.RecordCount - 1)
        {
            return new BatchProblem(ErrorCode.InvalidRecord, $"{batch.RecordCount} records with offsets 0 to {batch.LastOffsetDelta}");
        }

        if (batch.IsControl || batch.Codec > GreatestCodec || (batch.ProducerId >= 0 ? batch.BaseSequence < 0 : batch.IsTransactional))
        {
            return new BatchProblem(
                ErrorCode.InvalidRecord,
                "control batches, unknown codecs, negative sequences, and transactions without a producer id are refused");
        }

        return CheckTime(batch, settings, now) is { Error: not ErrorCode.None } wrong ? wrong : CheckRecords(batch, settings);
    }

    static BatchProblem CheckTime(RecordBatch batch, LogSettings settings, long now)
    {
        var time = batch.MaxTimestamp;
        return settings.LogAppendTime || time < 0
                || (time - now <= settings.TimestampAfterMaxMs && now - time <= settings.TimestampBeforeMaxMs)
            ? BatchProblem.None
            : new BatchProblem(
                ErrorCode.InvalidTimestamp,
                $"timestamp {time} is not within the topic's message.timestamp limits of the broker's clock, {now}: is a clock wrong?");
    }

    // Compressed records stay as they are; what they hold is between producer and consumer.
    static BatchProblem CheckRecords(RecordBatch batch, LogSettings settings)
    {
        if (batch.Codec != 0)
        {
            return BatchProblem.None;
        }

        var cursor = new RecordCursor(batch.Records);
        var count = 0;
        List<int> keyless = [];
        while (cursor.Next())
        {
            if (cursor.OffsetDelta != count++)
            {
                return new BatchProblem(ErrorCode.InvalidRecord, "the records' offsets have gaps");
            }

            if (settings.IsCompacted && !cursor.HasKey)
            {
                keyless.Add(cursor.OffsetDelta);
            }
        }

        if (keyless.Count > 0)
        {
            return new BatchProblem(ErrorCode.InvalidRecord, "a record of a compacted topic needs a key", keyless);
        }

        return !cursor.IsBroken && count == batch.RecordCount
            ? BatchProblem.None
            : new BatchProblem(ErrorCode.InvalidRecord, $"the batch declares {batch.RecordCount} records, {count} can be read");
    }
}
