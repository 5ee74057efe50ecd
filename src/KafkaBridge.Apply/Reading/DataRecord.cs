using Confluent.Kafka;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>One record of a data or chunk topic as it came.</summary>
sealed record DataRecord(TopicPartitionOffset Where, RecordHeader Header, byte[] Value, byte[] Unchanged, byte[]? Chunks)
{
    public int Bytes => Value.Length + Limits.ItemBytes;

    /// <exception cref="InputException">It isn't a record of ours.</exception>
    public static DataRecord From(ConsumeResult<Ignore, byte[]> result)
    {
        byte[]? header = null, unchanged = null, chunks = null;
        foreach (var one in result.Message.Headers)
        {
            switch (one.Key)
            {
                case RecordHeader.Name: header = one.GetValueBytes(); break;
                case UnchangedHeader.Name: unchanged = one.GetValueBytes(); break;
                case ChunkHeader.Name: chunks = one.GetValueBytes(); break;
            }
        }

        if (header is null || result.Message.Value is null)
        {
            throw new InputException(
                $"{result.TopicPartitionOffset} is not a record of kafkabridge: it has no "
                + $"{(header is null ? "header " + RecordHeader.Name : "value")}");
        }

        try
        {
            return new DataRecord(result.TopicPartitionOffset, RecordHeader.Parse(header), result.Message.Value, unchanged ?? [], chunks);
        }
        catch (WireException failure)
        {
            throw new InputException($"{result.TopicPartitionOffset}: {failure.Message}", failure);
        }
    }
}
