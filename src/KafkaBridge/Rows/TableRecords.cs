using Confluent.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;

namespace KafkaBridge.Rows;

/// <summary>The records of tables' topics, decoded by their writers' schemas.</summary>
internal sealed class TableRecords(ISchemaRegistry registry)
{
    readonly Dictionary<int, ChangeDecoder> decoders = [];

    /// <summary>Null: none of ours, or of a later version's form.</summary>
    public static RecordHeader? HeaderOf(ConsumeResult<byte[], byte[]> record)
    {
        try
        {
            return record.Message.Value is not null && Header(record, RecordHeader.Name) is { } bytes ? RecordHeader.Parse(bytes) : null;
        }
        catch (WireException)
        {
            return null;
        }
    }

    /// <exception cref="WireException">The record is damaged, or none of ours.</exception>
    public async ValueTask<(ChangeDecoder Decoder, DecodedChange Change)> DecodeAsync(
        ConsumeResult<byte[], byte[]> record, CancellationToken ct)
    {
        var id = RegistryFraming.ReadId(record.Message.Value);
        if (!decoders.TryGetValue(id, out var decoder))
        {
            decoders[id] = decoder = ChangeDecoder.Parse(await registry.GetAsync(id, ct));
        }

        var unchanged = Header(record, UnchangedHeader.Name);
        return (decoder, decoder.Decode(record.Message.Value.AsSpan(RegistryFraming.Length), unchanged));
    }

    public static byte[]? Header(ConsumeResult<byte[], byte[]> record, string name) =>
        record.Message.Headers is { } headers && headers.TryGetLastBytes(name, out var bytes) ? bytes : null;
}
