using System.Text.Json.Nodes;

namespace KafkaBridge.Wire.Avro;

enum AvroKind { Null, Boolean, Int, Long, Float, Double, Bytes, String, Record, Enum, Array, Map, Union, Fixed }

/// <summary>
/// An Avro schema. Named types stand once and are shared; a record may contain itself. Arrays, as each record is read along them.
/// </summary>
sealed class AvroSchema(AvroKind kind)
{
    public AvroKind Kind { get; } = kind;

    /// <summary>With its namespace; null unless a record, enum or fixed.</summary>
    public string? FullName { get; init; }

    /// <summary>A record's.</summary>
    public AvroField[] Fields { get; set; } = [];

    /// <summary>A union's.</summary>
    public AvroSchema[] Branches { get; init; } = [];

    /// <summary>An array's or map's.</summary>
    public AvroSchema? Items { get; init; }

    /// <summary>An enum's.</summary>
    public string[] Symbols { get; init; } = [];

    /// <summary>A fixed's bytes.</summary>
    public int Size { get; init; }

    /// <summary>Attributes that Avro itself gives no meaning, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonNode?>> Properties { get; init; } = [];

    public static AvroSchema Nullable(AvroSchema schema) => new(AvroKind.Union) { Branches = [new AvroSchema(AvroKind.Null), schema] };

    public JsonNode? Property(string name) => Properties.FirstOrDefault(property => property.Key == name).Value;
}
