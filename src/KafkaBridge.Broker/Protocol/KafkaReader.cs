using System.Buffers.Binary;
using System.Text;

namespace KafkaBridge.Broker.Protocol;

/// <summary>
/// Reads one request's fields. Every declared length and count is checked against the bytes that are left before anything is
/// allocated for it. Flexible requests have compact lengths and tagged fields.
/// </summary>
ref struct KafkaReader(ReadOnlySpan<byte> bytes, bool flexible)
{
    readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Where the next field begins.</summary>
    public int Position { get; private set; }

    public readonly int Remaining => bytes.Length - Position;

    public bool Boolean() => Take(1)[0] != 0;

    public sbyte Int8() => (sbyte)Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public Guid Uuid() => new(Take(16), bigEndian: true);

    /// <summary>An unsigned number of 32 bits in at most five bytes of seven bits.</summary>
    public uint UnsignedVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value <= uint.MaxValue ? (uint)value : throw new MalformedRequestException("a varint exceeds 32 bits");
            }
        }

        throw new MalformedRequestException("a varint is longer than five bytes");
    }

    public string String() => NullableString() ?? throw new MalformedRequestException("null where a string must be");

    public string? NullableString()
    {
        var length = flexible ? CompactLength() : Int16();
        return length < 0 ? null : Text(Take(length));
    }

    /// <summary>A string of the request header, whose length is never compact.</summary>
    public string? NullableClientId()
    {
        var length = Int16();
        return length < 0 ? null : Text(Take(length));
    }

    /// <summary>Bytes, or null; as a place in the request, so that they need not be copied.</summary>
    public Range? NullableBytes()
    {
        var length = flexible ? CompactLength() : Int32();
        if (length < 0)
        {
            return null;
        }

        var start = Position;
        Take(length);
        return start..Position;
    }

    public byte[] Bytes()
    {
        var range = NullableBytes() ?? throw new MalformedRequestException("null where bytes must be");
        return bytes[range].ToArray();
    }

    /// <summary>The number of elements, -1 for null; each takes at least one byte of what is left.</summary>
    public int NullableCount(int leastElementBytes = 1)
    {
        var count = flexible ? CompactLength() : Int32();
        return count <= Remaining / leastElementBytes
            ? Math.Max(count, -1)
            : throw new MalformedRequestException($"{count} elements declared, {Remaining} bytes left");
    }

    /// <summary>As <see cref="NullableCount"/>, null being empty.</summary>
    public int Count(int leastElementBytes = 1) => Math.Max(0, NullableCount(leastElementBytes));

    /// <summary>Skips the tagged fields that end each structure of a flexible request; this broker needs none of them.</summary>
    public void Tags()
    {
        if (!flexible)
        {
            return;
        }

        var count = UnsignedVarint();
        if (count > Remaining / 2)
        {
            throw new MalformedRequestException($"{count} tagged fields declared, {Remaining} bytes left");
        }

        for (; count > 0; count--)
        {
            UnsignedVarint();
            var size = UnsignedVarint();
            if (size > Remaining)
            {
                throw new MalformedRequestException($"a tagged field of {size} bytes, {Remaining} left");
            }

            Take((int)size);
        }
    }

    // A compact length is one more than the length; zero is null.
    int CompactLength()
    {
        var length = (long)UnsignedVarint() - 1;
        return length <= Remaining ? (int)length : throw new MalformedRequestException($"length {length}, {Remaining} bytes left");
    }

    ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Remaining)
        {
            throw new MalformedRequestException($"{count} bytes wanted at {Position}, {Remaining} left");
        }

        var taken = bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
