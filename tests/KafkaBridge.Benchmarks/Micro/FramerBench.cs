using System.Buffers.Binary;
using System.Text;
using BenchmarkDotNet.Attributes;
using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;

namespace KafkaBridge.Benchmarks.Micro;

/// <summary>pgoutput's bytes to numbered changes: a transaction of ten inserts of four columns.</summary>
[MemoryDiagnoser]
public class FramerBench
{
    const int Rows = 10;

    static readonly Relation Item = new(
        1, new RelationName("public", "item"), ReplicaIdentity.Default,
        [.. Enumerable.Range(0, 4).Select(i => new RelationColumn($"c{i}", 25, -1, "text", i == 0))]);

    readonly byte[] begin = new byte[21];
    readonly byte[] commit = new byte[26];
    readonly byte[] insert =
        [.. "I"u8, 0, 0, 0, 1, .. "N"u8, 0, 4, .. Text("123456"), .. Text("42"), .. Text("19.99"), .. Text("a short note")];
    ulong lsn = 1;

    public FramerBench()
    {
        begin[0] = (byte)'B';
        commit[0] = (byte)'C';
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public int Transaction()
    {
        // A new framer each time: commits of one come in order, and these are all one.
        var framer = new TransactionFramer(_ => Item);
        var reader = new PgOutputReader();
        lsn += 100;
        BinaryPrimitives.WriteUInt64BigEndian(begin.AsSpan(1), lsn);
        BinaryPrimitives.WriteUInt64BigEndian(commit.AsSpan(2), lsn);
        BinaryPrimitives.WriteUInt64BigEndian(commit.AsSpan(10), lsn + 1);
        framer.Accept(reader.Read(begin));
        var changes = 0;
        for (var i = 0; i < Rows; i++)
        {
            changes += framer.Accept(reader.Read(insert)).Count;
        }

        framer.Accept(reader.Read(commit));
        return changes;
    }

    static byte[] Text(string value) => [.. "t"u8, 0, 0, 0, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
