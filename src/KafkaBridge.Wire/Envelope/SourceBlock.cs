using System.Globalization;
using System.Text.Unicode;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire.Envelope;

/// <summary>Debezium's source block: where a change was committed, and when.</summary>
static class SourceBlock
{
    const int NullBranch = 0;
    const int ValueBranch = 1;
    const int SnapshotBranch = 0;
    const int LongestSequence = 64;
    const long MicrosecondsPerMillisecond = 1000;
    const long NanosecondsPerMicrosecond = 1000;

    static readonly string Version = typeof(SourceBlock).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The name is the node's, as a topic has many writers; origin stays null, for nothing is forwarded.</summary>
    public static void Write(ref AvroWriter writer, RelationName table, bool snapshot, in ChangeSource source)
    {
        writer.WriteString(Version);
        writer.WriteBytes("postgresql"u8);
        writer.WriteString(source.Node);
        writer.WriteLong(Milliseconds(source.CommitTime));
        writer.WriteLong(SnapshotBranch);
        writer.WriteBytes(snapshot ? "true"u8 : "false"u8);
        writer.WriteString(source.Database);
        writer.WriteLong(ValueBranch);
        Span<byte> sequence = stackalloc byte[LongestSequence];
        Utf8.TryWrite(
            sequence, CultureInfo.InvariantCulture, $"[\"{source.CommitLsn.Value}\",\"{source.Lsn.Value}\"]", out var length);
        writer.WriteBytes(sequence[..length]);
        WriteSome(ref writer, source.CommitTime);
        WriteSome(ref writer, Nanoseconds(source.CommitTime));
        writer.WriteString(table.Namespace);
        writer.WriteString(table.Name);
        WriteSome(ref writer, source.Xid);
        WriteSome(ref writer, (long)source.Lsn.Value);
        writer.WriteLong(NullBranch);
        writer.WriteLong(NullBranch);
        writer.WriteLong(NullBranch);
    }

    /// <summary>ts_ms, ts_us, ts_ns.</summary>
    public static void WriteTimes(ref AvroWriter writer, long microseconds)
    {
        WriteSome(ref writer, Milliseconds(microseconds));
        WriteSome(ref writer, microseconds);
        WriteSome(ref writer, Nanoseconds(microseconds));
    }

    static void WriteSome(ref AvroWriter writer, long value)
    {
        writer.WriteLong(ValueBranch);
        writer.WriteLong(value);
    }

    static long Milliseconds(long microseconds)
    {
        var (quotient, remainder) = Math.DivRem(microseconds, MicrosecondsPerMillisecond);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    /// <summary>Wraps after the year 2262: for display only.</summary>
    static long Nanoseconds(long microseconds) => unchecked(microseconds * NanosecondsPerMicrosecond);
}
