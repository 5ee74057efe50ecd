using System.Text.Json.Nodes;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Envelope;

/// <summary>Debezium's envelope around a row, field by field as Confluent's converter writes it.</summary>
static class EnvelopeSchema
{
    const string SourceName = "io.debezium.connector.postgresql.Source";
    const string BlockName = "event.block";
    const string Snapshots = "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental";

    /// <param name="space">The namespace: the topic's name, made Avro's.</param>
    /// <param name="exact">Some columns' types can't hold each of their texts.</param>
    public static AvroSchema Of(string space, AvroSchema value, bool exact) => new(AvroKind.Record)
    {
        FullName = space + ".Envelope",
        Fields =
        [
            Optional("before", value),
            Optional("after", value),
            new AvroField("source", Source()),
            Optional("transaction", Block()),
            Text("op"),
            Optional("ts_ms", new AvroSchema(AvroKind.Long)),
            Optional("ts_us", new AvroSchema(AvroKind.Long)),
            Optional("ts_ns", new AvroSchema(AvroKind.Long)),
            .. exact ? [ExactTexts.Schema()] : Array.Empty<AvroField>(),
        ],
        Properties = [new("connect.version", 2), new(ColumnSchema.ConnectName, space + ".Envelope")],
    };

    static AvroSchema Source() => new(AvroKind.Record)
    {
        FullName = SourceName,
        Fields =
        [
            Text("version"),
            Text("connector"),
            Text("name"),
            new AvroField("ts_ms", new AvroSchema(AvroKind.Long)),
            new AvroField(
                "snapshot", new AvroSchema(AvroKind.Union) { Branches = [Snapshot(), new AvroSchema(AvroKind.Null)] },
                new AvroDefault("false")),
            Text("db"),
            Optional("sequence", new AvroSchema(AvroKind.String)),
            Optional("ts_us", new AvroSchema(AvroKind.Long)),
            Optional("ts_ns", new AvroSchema(AvroKind.Long)),
            Text("schema"),
            Text("table"),
            Optional("txId", new AvroSchema(AvroKind.Long)),
            Optional("lsn", new AvroSchema(AvroKind.Long)),
            Optional("xmin", new AvroSchema(AvroKind.Long)),
            Optional("origin", new AvroSchema(AvroKind.String)),
            Optional("origin_lsn", new AvroSchema(AvroKind.Long)),
        ],
        Properties = [new("connect.version", 1), new(ColumnSchema.ConnectName, SourceName)],
    };

    /// <summary>A default other than null puts null last.</summary>
    static AvroSchema Snapshot() => new(AvroKind.String)
    {
        Properties =
        [
            new("connect.version", 1),
            new(ColumnSchema.Parameters, new JsonObject { ["allowed"] = Snapshots }),
            new("connect.default", "false"),
            new(ColumnSchema.ConnectName, "io.debezium.data.Enum"),
        ],
    };

    static AvroSchema Block() => new(AvroKind.Record)
    {
        FullName = BlockName,
        Fields =
        [
            Text("id"),
            new AvroField("total_order", new AvroSchema(AvroKind.Long)),
            new AvroField("data_collection_order", new AvroSchema(AvroKind.Long)),
        ],
        Properties = [new("connect.version", 1), new(ColumnSchema.ConnectName, BlockName)],
    };

    static AvroField Text(string name) => new(name, new AvroSchema(AvroKind.String));

    static AvroField Optional(string name, AvroSchema schema) => new(name, AvroSchema.Nullable(schema), AvroDefault.Null);
}
