using System.Text;
using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Tests;

public class MalformedTests
{
    static readonly Relation Wide = Tables.Table(
        new RelationColumn("id", 20, -1, "bigint", true),
        new RelationColumn("b", 16, -1, "boolean", false),
        new RelationColumn("s", 21, -1, "smallint", false),
        new RelationColumn("f", 700, -1, "real", false),
        new RelationColumn("d", 701, -1, "double precision", false),
        new RelationColumn("x", 17, -1, "bytea", false),
        new RelationColumn("t", 25, -1, "text", false),
        new RelationColumn("n", 1700, 655366, "numeric(10,2)", false),
        new RelationColumn("ts", 1114, -1, "timestamp without time zone", false),
        new RelationColumn("tz", 1184, -1, "timestamp with time zone", false),
        new RelationColumn("da", 1082, -1, "date", false),
        new RelationColumn("ti", 1083, -1, "time without time zone", false));

    static readonly ColumnValue[] Row = Tables.Row(
        "5", "t", "-7", "1.5", "1e+100", "\\x0102", "text", "12.34", "2026-11-21 14:00:00.123456", "2026-11-21 14:00:00+00", "2026-11-21",
        "14:00:00");

    readonly ChangeDecoder decoder = ChangeDecoder.Parse(TableSchema.For(Tables.Topic, Wide).ValueSchema);

    [Fact]
    public void Every_cut_and_every_added_byte_is_refused()
    {
        var record = Tables.Encode(Wide, 'u', Row, Row);
        for (var length = 0; length < record.Length - RegistryFraming.Length; length++)
        {
            Assert.Throws<WireException>(() => decoder.Decode(record.AsSpan(RegistryFraming.Length, length), default));
        }

        Assert.Throws<WireException>(() => decoder.Decode([.. record.AsSpan(RegistryFraming.Length), 0], default));
    }

    [Fact]
    public void A_damaged_change_is_refused_or_read_and_nothing_else() => Mutation.Try<WireException>(
        Tables.Encode(Wide, 'u', Row, Row),
        bytes => decoder.Decode(bytes.AsSpan(RegistryFraming.Length), default),
        attempts: 20_000,
        from: RegistryFraming.Length);

    [Fact]
    public void A_damaged_frame_is_refused_or_read_and_nothing_else() => Mutation.Try<WireException>(
        Tables.Encode(Wide, 'u', Row, Row), bytes => RegistryFraming.ReadId(bytes));

    [Fact]
    public void A_damaged_schema_is_refused_or_read_and_nothing_else() => Mutation.Try<WireException>(
        Encoding.UTF8.GetBytes(TableSchema.For(Tables.Topic, Tables.Orders).ValueSchema),
        bytes => ChangeDecoder.Parse(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void A_damaged_list_of_unchanged_columns_is_refused_or_read_and_nothing_else()
    {
        var record = Tables.Encode(Wide, 'u', Row, Row);
        Mutation.Try<WireException>("1,10,11"u8.ToArray(), header => decoder.Decode(record.AsSpan(RegistryFraming.Length), header));
    }

    [Fact]
    public void Damaged_chunk_pointers_are_refused_or_read_and_nothing_else() => Mutation.Try<WireException>(
        ChunkHeader.Encode([new(0, true, 1L << 30, 1100, new byte[32]), new(7, false, 5_000_000, 5, new byte[32])]),
        bytes => ChunkHeader.Decode(bytes));

    [Fact]
    public void A_damaged_header_is_refused_or_read_and_nothing_else() => Mutation.Try<WireException>(
        new RecordHeader(RecordFlags.Chunked, 3, 9, 2, new Lsn(0x1_0000_0010), 1_700_000_000_000, 77).ToBytes(),
        bytes => RecordHeader.Parse(bytes));

    [Fact]
    public void A_damaged_value_is_skipped_or_refused_and_nothing_else()
    {
        var record = Tables.Encode(Wide, 'u', Row, Row);
        var schema = AvroSchemaParser.Parse(TableSchema.For(Tables.Topic, Wide).ValueSchema);
        Mutation.Try<WireException>(record[RegistryFraming.Length..], bytes => Skip(bytes, schema));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\"string\"")]
    [InlineData("{}")]
    [InlineData("{\"type\":\"record\",\"name\":\"E\",\"fields\":[]}")]
    [InlineData("{\"type\":\"record\",\"name\":\"E\",\"fields\":[{\"name\":\"before\",\"type\":\"E\"}]}")]
    [InlineData("{\"type\":\"record\",\"name\":\"\\ud800\",\"fields\":[]}")]
    public void A_foreign_schema_is_refused(string schema) => Assert.Throws<WireException>(() => ChangeDecoder.Parse(schema));

    [Fact]
    public void A_schema_nested_without_end_is_refused() =>
        Assert.Throws<WireException>(
            () => AvroSchemaParser.Parse(string.Concat(Enumerable.Repeat("{\"type\":\"array\",\"items\":", 100_000))));

    [Fact]
    public void A_count_beyond_the_bytes_left_is_refused()
    {
        var schema = AvroSchemaParser.Parse("{\"type\":\"array\",\"items\":\"null\"}");
        Assert.Throws<WireException>(() => Skip([0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], schema));
        Assert.Throws<WireException>(() => Skip([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0], schema));
    }

    [Fact]
    public void A_value_nested_without_end_is_refused()
    {
        var schema = AvroSchemaParser.Parse(
            "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}");
        Assert.Throws<WireException>(() => Skip(Enumerable.Repeat((byte)2, 100_000).ToArray(), schema));
    }

    static void Skip(byte[] data, AvroSchema schema)
    {
        var reader = new AvroReader(data);
        AvroSkip.Value(ref reader, schema);
    }
}
