using System.Globalization;
using System.Text.Json.Nodes;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire.Envelope;

/// <summary>
/// A column's Avro form and what Connect's readers know it by. Every type without a form of its own travels as text, which
/// is exact; a domain does too, as its oid isn't its base type's.
/// </summary>
static class ColumnSchema
{
    public const string TypeParameter = "__debezium.source.column.type";
    public const string NameParameter = "__debezium.source.column.name";
    public const string Parameters = "connect.parameters";
    public const string ConnectName = "connect.name";

    const string Json = "io.debezium.data.Json";
    const string Xml = "io.debezium.data.Xml";
    const string Uuid = "io.debezium.data.Uuid";
    const string Date = "io.debezium.time.Date";
    const string MicroTime = "io.debezium.time.MicroTime";
    const string MicroTimestamp = "io.debezium.time.MicroTimestamp";
    const string ZonedTimestamp = "io.debezium.time.ZonedTimestamp";

    const string Decimal = "org.apache.kafka.connect.data.Decimal";

    const uint Int2 = 21;
    const uint Numeric = 1700;

    /// <summary>By the oids of PostgreSQL's own types, which never change.</summary>
    static readonly Dictionary<uint, (ColumnForm Form, string? Semantic)> Types = new()
    {
        [16] = (ColumnForm.Boolean, null),
        [17] = (ColumnForm.Bytes, null),
        [20] = (ColumnForm.Long, null),
        [Int2] = (ColumnForm.Int, null),
        [23] = (ColumnForm.Int, null),
        [26] = (ColumnForm.Long, null),
        [114] = (ColumnForm.Text, Json),
        [142] = (ColumnForm.Text, Xml),
        [700] = (ColumnForm.Float, null),
        [701] = (ColumnForm.Double, null),
        [1082] = (ColumnForm.Date, Date),
        [1083] = (ColumnForm.Time, MicroTime),
        [1114] = (ColumnForm.Timestamp, MicroTimestamp),
        [1184] = (ColumnForm.ZonedTimestamp, ZonedTimestamp),
        [2950] = (ColumnForm.Text, Uuid),
        [3802] = (ColumnForm.Text, Json),
    };

    /// <summary>numeric(p,s) is a Decimal but in a key, where NaN would have no place.</summary>
    public static ColumnForm FormOf(RelationColumn column) =>
        column is { TypeOid: Numeric, IsKey: false } && PostgresDecimal.Shape(column.TypeModifier) is not null
            ? ColumnForm.Decimal
            : Types.GetValueOrDefault(column.TypeOid).Form;

    public static AvroSchema Of(RelationColumn column)
    {
        var form = FormOf(column);
        if (form == ColumnForm.Decimal)
        {
            return OfDecimal(column);
        }

        var semantic = Types.GetValueOrDefault(column.TypeOid).Semantic;
        var properties = new List<KeyValuePair<string, JsonNode?>>();
        if (column.TypeOid == Int2)
        {
            properties.Add(new("connect.type", "int16"));
        }

        if (semantic is not null)
        {
            properties.Add(new("connect.version", 1));
        }

        properties.Add(new(Parameters, new JsonObject { [TypeParameter] = column.TypeName, [NameParameter] = column.Name }));
        if (semantic is not null)
        {
            properties.Add(new(ConnectName, semantic));
        }

        return new AvroSchema(KindOf(form)) { Properties = properties };
    }

    static AvroSchema OfDecimal(RelationColumn column)
    {
        var (precision, scale) = PostgresDecimal.Shape(column.TypeModifier)!.Value;
        return new AvroSchema(AvroKind.Bytes)
        {
            Properties =
            [
                new("scale", scale),
                new("precision", precision),
                new("connect.version", 1),
                new(Parameters, new JsonObject
                {
                    ["scale"] = scale.ToString(CultureInfo.InvariantCulture),
                    ["connect.decimal.precision"] = precision.ToString(CultureInfo.InvariantCulture),
                    [TypeParameter] = column.TypeName,
                    [NameParameter] = column.Name,
                }),
                new(ConnectName, Decimal),
                new("logicalType", "decimal"),
            ],
        };
    }

    /// <summary>A Decimal's digits after the point; 0 for other forms.</summary>
    /// <exception cref="WireException">No scale of ours.</exception>
    public static int ScaleOf(AvroSchema schema, string column)
    {
        var scale = schema.Property("scale")?.GetValue<int>() ?? 0;
        return PostgresDecimal.IsScale(scale)
            ? scale
            : throw new WireException($"Column '{column}' has a scale that no numeric(p,s) of ours has.");
    }

    /// <summary>The form of a column that a schema describes; a form that this version doesn't know is refused, never guessed.</summary>
    /// <exception cref="WireException">The schema says something newer or foreign.</exception>
    public static ColumnForm FormOf(AvroSchema schema, string column) =>
        (schema.Kind, schema.Property(ConnectName)?.GetValue<string>()) switch
    {
        (AvroKind.String, null or Json or Xml or Uuid) => ColumnForm.Text,
        (AvroKind.Boolean, null) => ColumnForm.Boolean,
        (AvroKind.Int, null) => ColumnForm.Int,
        (AvroKind.Long, null) => ColumnForm.Long,
        (AvroKind.Float, null) => ColumnForm.Float,
        (AvroKind.Double, null) => ColumnForm.Double,
        (AvroKind.Bytes, null) => ColumnForm.Bytes,
        (AvroKind.Bytes, Decimal) => ColumnForm.Decimal,
        (AvroKind.Int, Date) => ColumnForm.Date,
        (AvroKind.Long, MicroTime) => ColumnForm.Time,
        (AvroKind.Long, MicroTimestamp) => ColumnForm.Timestamp,
        (AvroKind.String, ZonedTimestamp) => ColumnForm.ZonedTimestamp,
        var (kind, name) => throw new WireException(
            $"Column '{column}' travels as {kind} '{name}', which this version doesn't know: install on this node the version that "
            + $"the writer runs."),
    };

    static AvroKind KindOf(ColumnForm form) => form switch
    {
        ColumnForm.Boolean => AvroKind.Boolean,
        ColumnForm.Int or ColumnForm.Date => AvroKind.Int,
        ColumnForm.Long or ColumnForm.Time or ColumnForm.Timestamp => AvroKind.Long,
        ColumnForm.Float => AvroKind.Float,
        ColumnForm.Double => AvroKind.Double,
        ColumnForm.Bytes => AvroKind.Bytes,
        _ => AvroKind.String,
    };
}
