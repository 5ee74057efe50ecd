using System.Text.Json.Nodes;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Envelope;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire;

/// <summary>
/// The Avro schemas of one shape of a table: Debezium's key and envelope, with what a reader needs to know the table again
/// from the schema alone (the properties <c>kafkabridge.*</c> of the row's record, the parameters of each column).
/// Equal relations give equal texts.
/// </summary>
public sealed class TableSchema
{
    internal const string RelationProperty = "kafkabridge.relation";
    internal const string KeyProperty = "kafkabridge.key";

    TableSchema(string topic, Relation relation, string? keySchema, string valueSchema)
    {
        Topic = topic;
        Relation = relation;
        KeySchema = keySchema;
        ValueSchema = valueSchema;
    }

    public Relation Relation { get; }

    public string Topic { get; }

    /// <summary>Null where the table has no key: its records have none.</summary>
    public string? KeySchema { get; }

    public string ValueSchema { get; }

    /// <exception cref="WireException">Two columns would have one name in Avro.</exception>
    public static TableSchema For(string topic, Relation relation)
    {
        var clash = relation.Columns.GroupBy(column => EscapedName.Avro(column.Name)).FirstOrDefault(group => group.Count() > 1);
        if (clash is not null)
        {
            throw new WireException(
                $"Table {relation.Name}: the columns '{string.Join("' and '", clash.Select(column => column.Name))}' are both "
                + $"'{clash.Key}' in Avro; rename one.");
        }

        var space = EscapedName.AvroNamespace(topic);
        return new TableSchema(
            topic,
            relation,
            relation.HasKey ? AvroSchemaText.Of(Key(space, relation)) : null,
            AvroSchemaText.Of(EnvelopeSchema.Of(space, Value(space, relation), HasExactTexts(relation))));
    }

    internal static bool HasExactTexts(Relation relation) =>
        relation.Columns.Any(column => ColumnSchema.FormOf(column) == ColumnForm.Decimal);

    static AvroSchema Key(string space, Relation relation) => new(AvroKind.Record)
    {
        FullName = space + ".Key",
        Fields = [.. relation.Columns.Where(column => column.IsKey).Select(Field)],
        Properties = [new(ColumnSchema.ConnectName, space + ".Key")],
    };

    static AvroSchema Value(string space, Relation relation) => new(AvroKind.Record)
    {
        FullName = space + ".Value",
        Fields = [.. relation.Columns.Select(Field)],
        Properties =
        [
            new(ColumnSchema.ConnectName, space + ".Value"),
            new(RelationProperty, new JsonObject { ["schema"] = relation.Name.Namespace, ["table"] = relation.Name.Name }),
            new(KeyProperty, new JsonArray([.. relation.Columns.Where(column => column.IsKey).Select(column => (JsonNode)column.Name)])),
        ],
    };

    /// <summary>Only key columns are never null; of others a delete may know nothing.</summary>
    static AvroField Field(RelationColumn column)
    {
        var schema = ColumnSchema.Of(column);
        var name = EscapedName.Avro(column.Name);
        return column.IsKey ? new AvroField(name, schema) : new AvroField(name, AvroSchema.Nullable(schema), AvroDefault.Null);
    }
}
