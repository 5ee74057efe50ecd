using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

public sealed class ChangeDecoder
{
    public required RelationName Relation { get; init; }
    public required IReadOnlyList<WireColumn> Columns { get; init; }

    public static ChangeDecoder Parse(string valueSchemaJson) => throw new NotImplementedException(valueSchemaJson);

    public DecodedChange Decode(ReadOnlySpan<byte> body, ReadOnlySpan<byte> unchangedHeader) => throw new NotImplementedException($"{body.Length}{unchangedHeader.Length}");
}
