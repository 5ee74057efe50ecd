using System.Text.Json.Nodes;

namespace KafkaBridge.Wire.Avro;

/// <summary>A field's default; JSON's null is one.</summary>
sealed record AvroDefault(JsonNode? Value)
{
    public static readonly AvroDefault Null = new((JsonNode?)null);
}
