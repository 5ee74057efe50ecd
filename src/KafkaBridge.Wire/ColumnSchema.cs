using System.Text.Json.Nodes;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

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

    const uint Bool = 16;
    const uint Bytea = 17;
    const uint Int8 = 20;
    const uint Int2 = 21;
    const uint Int4 = 23;
    const uint Oid = 26;
    const uint Json = 114;
    const uint Xml = 142;
    const uint Float4 = 700;
    const uint Float8 = 701;
    const uint Uuid = 2950;
    const uint Jsonb = 3802;

    public static ColumnForm FormOf(RelationColumn column) => column.TypeOid switch
    {
        Bool => ColumnForm.Boolean,
        Int2 or Int4 => ColumnForm.Int,
        Int8 or Oid => ColumnForm.Long,
        Float4 => ColumnForm.Float,
        Float8 => ColumnForm.Double,
        Bytea => ColumnForm.Bytes,
        _ => ColumnForm.Text,
    };

    public static AvroSchema Of(RelationColumn column)
    {
        var properties = new List<KeyValuePair<string, JsonNode?>>();
        if (column.TypeOid == Int2)
        {
            properties.Add(new("connect.type", "int16"));
        }

        var semantic = column.TypeOid switch
        {
            Json or Jsonb => "io.debezium.data.Json",
            Xml => "io.debezium.data.Xml",
            Uuid => "io.debezium.data.Uuid",
            _ => null,
        };
        if (semantic is not null)
        {
            properties.Add(new("connect.version", 1));
        }

        properties.Add(new(Parameters, new JsonObject { [TypeParameter] = column.TypeName, [NameParameter] = column.Name }));
        if (semantic is not null)
        {
            properties.Add(new(ConnectName, semantic));
        }

        return new AvroSchema(KindOf(FormOf(column))) { Properties = properties };
    }

    /// <summary>The form of a column that a schema describes; a form that this version doesn't know is refused, never guessed.</summary>
    /// <exception cref="WireException">The schema says something newer or foreign.</exception>
    public static ColumnForm FormOf(AvroSchema schema, string column) => (schema.Kind, schema.Property(ConnectName)?.GetValue<string>()) switch
    {
        (AvroKind.String, _) => ColumnForm.Text,
        (AvroKind.Boolean, null) => ColumnForm.Boolean,
        (AvroKind.Int, null) => ColumnForm.Int,
        (AvroKind.Long, null) => ColumnForm.Long,
        (AvroKind.Float, null) => ColumnForm.Float,
        (AvroKind.Double, null) => ColumnForm.Double,
        (AvroKind.Bytes, null) => ColumnForm.Bytes,
        var (kind, name) => throw new WireException(
            $"Column '{column}' travels as {kind} '{name}', which this version doesn't know: install on this node the version that the writer runs."),
    };

    static AvroKind KindOf(ColumnForm form) => form switch
    {
        ColumnForm.Boolean => AvroKind.Boolean,
        ColumnForm.Int => AvroKind.Int,
        ColumnForm.Long => AvroKind.Long,
        ColumnForm.Float => AvroKind.Float,
        ColumnForm.Double => AvroKind.Double,
        ColumnForm.Bytes => AvroKind.Bytes,
        _ => AvroKind.String,
    };
}
