using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>One record of a data or chunk topic as it came.</summary>
sealed record DataRecord(
    RecordPlace Where, RecordHeader Header, ReadOnlyMemory<byte> Value, byte[] Unchanged, byte[]? Chunks)
{
    public int Bytes => Value.Length + Limits.ItemBytes;

    /// <param name="topic">The result's, but one string for all records that wait.</param>
    /// <exception cref="InputException">It isn't a record of ours.</exception>
    public static DataRecord From(string topic, ConsumeResult<Ignore, TakenValue?> result, ValueArrays values, long waiting)
    {
        var place = new RecordPlace(topic, result.Partition.Value, result.Offset.Value);
        byte[]? header = null, unchanged = null, chunks = null;
        var headers = result.Message.Headers;
        for (var i = 0; i < (headers?.Count ?? 0); i++)
        {
            var one = headers![i];
            switch (one.Key)
            {
                case RecordHeader.Name: header = one.GetValueBytes(); break;
                case UnchangedHeader.Name: unchanged = one.GetValueBytes(); break;
                case ChunkHeader.Name: chunks = one.GetValueBytes(); break;
            }
        }

        if (header is null || result.Message.Value is null)
        {
            throw Refuse(place, $"it has no {(header is null ? $"header '{RecordHeader.Name}'" : "value")}", null);
        }

        try
        {
            var value = values.Keep(result.Message.Value.Bytes, waiting);
            return new DataRecord(place, RecordHeader.Parse(header), value, unchanged ?? [], chunks);
        }
        catch (WireException failure)
        {
            throw Refuse(place, failure.Message, failure);
        }
    }

    static InputException Refuse(RecordPlace place, string why, Exception? cause) =>
        new($"the record {place} is not one of kafkabridge's: {why.TrimEnd('.')}", cause) { Foreign = place };
}
