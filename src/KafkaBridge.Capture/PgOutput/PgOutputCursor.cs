using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture.PgOutput;

/// <summary>Reads one message from front to end; every length is checked before it is believed.</summary>
ref struct PgOutputCursor(ReadOnlyMemory<byte> message)
{
    const long MicrosecondsFrom1970To2000 = 946_684_800_000_000;
    static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    readonly ReadOnlyMemory<byte> message = message;
    int position;

    readonly char Kind => message.IsEmpty ? '?' : (char)message.Span[0];

    public byte Byte(string what) => Take(1, what)[0];

    public short Int16(string what) => BinaryPrimitives.ReadInt16BigEndian(Take(2, what));

    public int Int32(string what) => BinaryPrimitives.ReadInt32BigEndian(Take(4, what));

    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32BigEndian(Take(4, what));

    public Lsn Lsn(string what) => new(BinaryPrimitives.ReadUInt64BigEndian(Take(8, what)));

    /// <returns>Microseconds since 1970 UTC.</returns>
    public long Time(string what)
    {
        var time = BinaryPrimitives.ReadInt64BigEndian(Take(8, what));
        return time <= long.MaxValue - MicrosecondsFrom1970To2000
            ? time + MicrosecondsFrom1970To2000
            : throw Surprise($"{what} is beyond the calendar");
    }

    /// <summary>A text that ends with a zero byte.</summary>
    public string Text(string what)
    {
        var rest = message.Span[position..];
        var length = rest.IndexOf((byte)0);
        if (length < 0)
        {
            throw Surprise($"{what} has no end");
        }

        position += length + 1;
        try
        {
            return Utf8.GetString(rest[..length]);
        }
        catch (DecoderFallbackException)
        {
            throw Surprise($"{what} is not UTF-8");
        }
    }

    /// <summary>The message's own bytes, not a copy.</summary>
    public ReadOnlyMemory<byte> Bytes(string what)
    {
        var length = Int32(what);
        if (length < 0 || length > message.Length - position)
        {
            throw Surprise(
                string.Create(CultureInfo.InvariantCulture, $"{what} claims {length} bytes, {message.Length - position} are left"));
        }

        position += length;
        return message.Slice(position - length, length);
    }

    /// <summary>A number of things each of which takes at least so many bytes: a lie is seen before memory is taken for it.</summary>
    public readonly int Count(int count, int leastBytesEach, string what) =>
        count >= 0 && (long)count * leastBytesEach <= message.Length - position
            ? count
            : throw Surprise(
                string.Create(CultureInfo.InvariantCulture, $"{count} {what} don't fit into {message.Length - position} bytes"));

    public ColumnValue[] Tuple()
    {
        var values = new ColumnValue[Count(Int16("the number of columns"), 1, "columns")];
        for (var i = 0; i < values.Length; i++)
        {
            var kind = Byte("a column's kind");
            values[i] = kind switch
            {
                (byte)'n' => ColumnValue.Null,
                (byte)'u' => ColumnValue.Unchanged,
                (byte)'t' => new ColumnValue(Bytes("a column's value")),
                _ => throw Surprise($"a column's kind is 0x{kind:x2}; only text was asked for"),
            };
        }

        return values;
    }

    public void Expect(byte wanted, byte found, string what)
    {
        if (wanted != found)
        {
            throw Surprise($"{what} is 0x{found:x2}, not 0x{wanted:x2}");
        }
    }

    public readonly void End()
    {
        if (position != message.Length)
        {
            throw Surprise(string.Create(CultureInfo.InvariantCulture, $"{message.Length - position} bytes follow its end"));
        }
    }

    public readonly ProtocolException Surprise(string what) => new(
        $"The server's pgoutput message '{Kind}' ({message.Length.ToString(CultureInfo.InvariantCulture)} bytes) is not as the "
        + $"protocol says: {what}.");

    ReadOnlySpan<byte> Take(int length, string what)
    {
        if (length > message.Length - position)
        {
            throw Surprise($"it ends inside {what}");
        }

        position += length;
        return message.Span.Slice(position - length, length);
    }
}
