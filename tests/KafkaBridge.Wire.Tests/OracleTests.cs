using System.Text.Json.Nodes;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Tests;

/// <summary>Both ways against Apache Avro: it reads what we write, and we read what it writes.</summary>
public class OracleTests(AvroOracle oracle) : IClassFixture<AvroOracle>
{
    const int Seed = 1_521;
    const int TableCount = 150;

    static readonly (uint Oid, string Type, Func<Random, string> Value)[] Types =
    [
        (16, "boolean", random => random.Next(2) == 0 ? "t" : "f"),
        (21, "smallint", random => $"{random.Next(short.MinValue, short.MaxValue)}"),
        (23, "integer", random => $"{random.Next(int.MinValue, int.MaxValue)}"),
        (20, "bigint", random => $"{random.NextInt64(long.MinValue, long.MaxValue)}"),
        (26, "oid", random => $"{(uint)random.NextInt64()}"),
        (700, "real", random => $"{random.Next(-1000, 1000) / 8f}"),
        (701, "double precision", random => $"{random.Next(-1000, 1000) / 32d}"),
        (17, "bytea", random => "\\x" + Convert.ToHexStringLower(Bytes(random))),
        (25, "text", Words),
        (1043, "character varying(80)", Words),
        (3802, "jsonb", random => $"{{\"a\": {random.Next()}}}"),
        (1082, "date", random => $"{Moment(random):yyyy-MM-dd}"),
        (1114, "timestamp without time zone", random => $"{Moment(random):yyyy-MM-dd HH:mm:ss.FFFFFF}"),
        (1184, "timestamp with time zone", random => $"{Moment(random):yyyy-MM-dd HH:mm:ss.FFFFFF}+00"),
        (1083, "time without time zone", random => $"{Moment(random):HH:mm:ss.FFFFFF}"),
        (1700, "numeric(20,3)",
            random => random.Next(10) == 0 ? "NaN" : $"{(decimal)random.NextInt64(long.MinValue, long.MaxValue) / 1000m:0.000}"),
        (2950, "uuid", random => $"{new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}"),
        (1009, "text[]", random => $"{{{random.Next()},NULL}}"),
    ];

    [OracleFact]
    public void Envelopes_and_keys_agree()
    {
        var random = new Random(Seed);
        for (var i = 0; i < TableCount; i++)
        {
            var columns = Enumerable.Range(0, random.Next(1, 20))
                .Select(place => (Place: place, Kind: Types[random.Next(Types.Length)])).ToArray();
            var relation = Tables.Table([.. columns.Select(column => new RelationColumn(
                $"c {column.Place}", column.Kind.Oid, column.Kind.Oid == 1700 ? ((20 << 16) | 3) + 4 : -1, column.Kind.Type,
                column.Place == 0 || random.Next(5) == 0))]);
            var after = Row();
            var before = random.Next(2) == 0 ? null : Row();
            var schema = TableSchema.For("my-shop.public." + relation.Name.Name, relation);

            var record = Tables.Encode(relation, 'u', before, after);
            var json = oracle.Decode(schema.ValueSchema, record.AsSpan(RegistryFraming.Length));
            var again = oracle.Encode(schema.ValueSchema, json);
            var read = ChangeDecoder.Parse(schema.ValueSchema).Decode(again, default);
            Assert.Equal(before, read.Before);
            Assert.Equal(after, read.After);
            Assert.Equal(record[RegistryFraming.Length..], again);

            var key = Tables.EncodeKey(relation, after);
            Assert.Equal(
                key[RegistryFraming.Length..],
                oracle.Encode(schema.KeySchema!, oracle.Decode(schema.KeySchema!, key.AsSpan(RegistryFraming.Length))));

            ColumnValue[] Row() =>
            [
                .. columns.Select((column, place) => !relation.Columns[place].IsKey && random.Next(4) == 0
                    ? ColumnValue.Null
                    : ColumnValue.Of(column.Kind.Value(random))),
            ];
        }
    }

    [OracleFact]
    public void The_source_block_says_where_and_when()
    {
        var schema = TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema;
        var record = Tables.Encode(Tables.Orders, 'c', null, Tables.Row("1", "a", "2.00"));
        var value = JsonNode.Parse(oracle.Decode(schema, record.AsSpan(RegistryFraming.Length)))!;
        var source = value["source"]!;
        Assert.Equal("postgresql", source["connector"]!.GetValue<string>());
        Assert.Equal("eu", source["name"]!.GetValue<string>());
        Assert.Equal("orders", source["table"]!.GetValue<string>());
        Assert.Equal(1_700_000_000_123, source["ts_ms"]!.GetValue<long>());
        Assert.Equal(1_700_000_000_123_456, source["ts_us"]!["long"]!.GetValue<long>());
        Assert.Equal("[\"4294967312\",\"4294967304\"]", source["sequence"]!["string"]!.GetValue<string>());
        Assert.Equal("false", source["snapshot"]!["string"]!.GetValue<string>());
        Assert.Equal(4_000_000_000, source["txId"]!["long"]!.GetValue<long>());
        Assert.Equal(1_700_000_001_000_001_000, value["ts_ns"]!["long"]!.GetValue<long>());
    }

    [OracleFact]
    public void The_spine_agrees()
    {
        var record = SpineCodecTests.Encode(SpineCodecTests.Record);
        var json = oracle.Decode(SpineCodec.SchemaJson, record.AsSpan(RegistryFraming.Length));
        var again = oracle.Encode(SpineCodec.SchemaJson, json);
        Assert.Equal(
            SpineCodecTests.Text(SpineCodecTests.Record),
            SpineCodecTests.Text(SpineCodec.Decode([.. record.AsSpan(0, RegistryFraming.Length), .. again])));
    }

    [OracleFact]
    public void An_older_shape_of_a_table_can_be_read_by_a_newer()
    {
        var older = TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema;
        var newer = TableSchema.For(
            Tables.Topic, Tables.Table([.. Tables.Orders.Columns, new RelationColumn("extra", 25, -1, "text", false)])).ValueSchema;
        var answer = oracle.Ask(new JsonObject { ["op"] = "compatible", ["reader"] = newer, ["writer"] = older });
        Assert.True(answer["compatible"]!.GetValue<bool>(), answer["reasons"]!.ToJsonString());
    }

    [OracleFact]
    public void Our_model_of_a_schema_has_its_canonical_form()
    {
        foreach (var schema in new[] { TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema, SpineCodec.SchemaJson })
        {
            Assert.Equal(Canonical(schema), Canonical(AvroSchemaText.Of(AvroSchemaParser.Parse(schema))));
        }

        string Canonical(string schema) =>
            oracle.Ask(new JsonObject { ["op"] = "canonical", ["schema"] = schema })["canonical"]!.GetValue<string>();
    }

    static DateTime Moment(Random random) => new(random.NextInt64(DateTime.MaxValue.Ticks / 10) * 10);

    static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(0, 40)];
        random.NextBytes(bytes);
        return bytes;
    }

    static string Words(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(0, 30)).Select(_ => char.ConvertFromUtf32(random.Next(1, 0xd7ff))));
}
