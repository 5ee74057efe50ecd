using System.Buffers;
using BenchmarkDotNet.Attributes;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Benchmarks.Micro;

/// <summary>One row of four columns to Avro and back, and the spine's record of 500 transactions of a row.</summary>
[MemoryDiagnoser]
public class CodecBench
{
    static readonly Relation Item = new(
        1, new RelationName("public", "item"), ReplicaIdentity.Default,
        [
            new RelationColumn("id", 20, -1, "bigint", true),
            new RelationColumn("value", 23, -1, "integer", false),
            new RelationColumn("price", 1700, 655_366, "numeric(10,2)", false),
            new RelationColumn("note", 25, -1, "text", false),
        ]);

    static readonly ChangeSource Source = new("eu", "shop", new Lsn(0x1_0000_0000), new Lsn(0xFFFF_0000), 700, 1_700_000_000_000_000, 0);

    readonly ArrayBufferWriter<byte> output = new();
    readonly ColumnValue[] row =
        [ColumnValue.Of("123456"), ColumnValue.Of("42"), ColumnValue.Of("19.99"), ColumnValue.Of("what a short note would be")];
    readonly ChangeEncoder encoder;
    readonly ChangeDecoder decoder;
    readonly byte[] encoded;
    readonly byte[] spine;
    readonly SpineRecord record = new()
    {
        Kind = SpineKind.Transactions,
        Node = 0,
        Session = 1,
        Epoch = 1,
        ConfigVersion = 1,
        DecodedLsn = new Lsn(0x1_0000_0000),
        Watermark = 1_700_000_000_000,
        Transactions = [.. Enumerable.Range(0, 500).Select(Transaction)],
        Applied = [],
    };

    public CodecBench()
    {
        var schema = TableSchema.For("shop.public.item", Item);
        encoder = new ChangeEncoder(schema, 1, 2);
        decoder = ChangeDecoder.Parse(schema.ValueSchema);
        encoder.EncodeValue('c', null, row, Source, output);
        encoded = output.WrittenSpan[RegistryFraming.Length..].ToArray();
        output.ResetWrittenCount();
        SpineCodec.Encode(record, 3, output);
        spine = output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int EncodeRow()
    {
        output.ResetWrittenCount();
        encoder.EncodeKey(row, output);
        encoder.EncodeValue('c', null, row, Source, output);
        return output.WrittenCount;
    }

    [Benchmark]
    public object DecodeRow() => decoder.Decode(encoded, []);

    [Benchmark]
    public int EncodeSpine()
    {
        output.ResetWrittenCount();
        SpineCodec.Encode(record, 3, output);
        return output.WrittenCount;
    }

    [Benchmark]
    public object DecodeSpine() => SpineCodec.Decode(spine);

    static SpineTransaction Transaction(int number) => new()
    {
        CommitLsn = new Lsn(0x1_0000_0000 + ((ulong)number * 200)),
        Xid = 700 + (uint)number,
        CommitTime = 1_700_000_000_000_000 + number,
        VersionTick = 1_700_000_000_001,
        SelfApply = false,
        RecordCount = 1,
        Extents = [new SpineExtent("shop.public.item", 0, number, number, 1)],
        Vector = [],
    };
}
