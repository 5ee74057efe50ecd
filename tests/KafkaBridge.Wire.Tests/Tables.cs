using System.Buffers;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire.Tests;

/// <summary>Relations and rows for the tests.</summary>
static class Tables
{
    public const string Topic = "shop.public.orders";

    public static readonly ChangeSource Source = new(
        "eu", "shopdb", new Lsn(0x1_0000_0010), new Lsn(0x1_0000_0008), 4_000_000_000, 1_700_000_000_123_456, 1_700_000_001_000_001);

    public static readonly Relation Orders = Table(
        new RelationColumn("id", 20, -1, "bigint", true),
        new RelationColumn("note", 25, -1, "text", false),
        new RelationColumn("total", 1700, 655366, "numeric(10,2)", false));

    public static Relation Table(params RelationColumn[] columns) =>
        new(16384, new RelationName("public", "orders"), ReplicaIdentity.Default, columns);

    /// <summary>A table with an int8 key and one column of the type.</summary>
    public static Relation With(uint oid, string type, int modifier = -1) => Table(
        new RelationColumn("id", 20, -1, "bigint", true), new RelationColumn("v", oid, modifier, type, false));

    public static ColumnValue[] Row(params string?[] values) =>
        [.. values.Select(value => value is null ? ColumnValue.Null : ColumnValue.Of(value))];

    public static byte[] Encode(Relation relation, char op, ColumnValue[]? before, ColumnValue[]? after)
    {
        var output = new ArrayBufferWriter<byte>();
        new ChangeEncoder(TableSchema.For(Topic, relation), 1, 2).EncodeValue(op, before, after, Source, output);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] EncodeKey(Relation relation, ColumnValue[] row)
    {
        var output = new ArrayBufferWriter<byte>();
        new ChangeEncoder(TableSchema.For(Topic, relation), 1, 2).EncodeKey(row, output);
        return output.WrittenSpan.ToArray();
    }

    public static DecodedChange Decode(Relation relation, byte[] framed, byte[]? unchanged = null) =>
        ChangeDecoder.Parse(TableSchema.For(Topic, relation).ValueSchema).Decode(framed.AsSpan(RegistryFraming.Length), unchanged);
}
