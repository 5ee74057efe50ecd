using System.Buffers.Binary;
using System.Text;

namespace KafkaBridge.Capture.Tests;

/// <summary>Writes pgoutput messages by hand, big-endian as the protocol is.</summary>
sealed class PgOutputBytes
{
    readonly List<byte> bytes = [];

    public PgOutputBytes(char kind) => bytes.Add((byte)kind);

    public PgOutputBytes Byte(int value)
    {
        bytes.Add((byte)value);
        return this;
    }

    public PgOutputBytes Int16(short value)
    {
        Span<byte> span = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(span, value);
        bytes.AddRange(span);
        return this;
    }

    public PgOutputBytes Int32(int value)
    {
        Span<byte> span = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(span, value);
        bytes.AddRange(span);
        return this;
    }

    public PgOutputBytes Int64(long value)
    {
        Span<byte> span = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(span, value);
        bytes.AddRange(span);
        return this;
    }

    public PgOutputBytes Text(string value)
    {
        bytes.AddRange(Encoding.UTF8.GetBytes(value));
        bytes.Add(0);
        return this;
    }

    /// <summary>Null is NULL, "~" is unchanged.</summary>
    public PgOutputBytes Tuple(params string?[] values)
    {
        Int16((short)values.Length);
        foreach (var value in values)
        {
            if (value is null or "~")
            {
                Byte(value is null ? 'n' : 'u');
            }
            else
            {
                Byte('t').Int32(Encoding.UTF8.GetByteCount(value));
                bytes.AddRange(Encoding.UTF8.GetBytes(value));
            }
        }

        return this;
    }

    public byte[] ToArray() => [.. bytes];
}
