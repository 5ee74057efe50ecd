using System.Buffers.Binary;
using System.Globalization;

namespace KafkaBridge.Wire.Avro;

/// <summary>
/// Reads Avro's binary form from bytes that nobody vouches for: every count and length is held against the bytes left,
/// so nothing is allocated or looped over that the record doesn't pay for.
/// </summary>
/// <remarks>A reader that threw is at an undefined place.</remarks>
ref struct AvroReader(ReadOnlySpan<byte> data)
{
    const int LongestVarint = 10;

    ReadOnlySpan<byte> rest = data;

    public readonly int Left => rest.Length;

    /// <summary>What is not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => rest;

    public byte ReadByte() => Take(1)[0];

    public bool ReadBoolean() => ReadByte() switch
    {
        0 => false,
        1 => true,
        var other => throw new WireException(
            string.Create(CultureInfo.InvariantCulture, $"A boolean is {other}: damaged, or not of this schema.")),
    };

    public long ReadLong()
    {
        if (!rest.IsEmpty && rest[0] < 0x80)
        {
            var single = rest[0];
            rest = rest[1..];
            return (single >> 1) ^ -(single & 1);
        }

        return ReadLonger();
    }

    long ReadLonger()
    {
        ulong value = 0;
        var length = Math.Min(rest.Length, LongestVarint);
        for (var i = 0; i < length; i++)
        {
            var part = rest[i];
            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part < 0x80)
            {
                if (i == LongestVarint - 1 && part > 1)
                {
                    break;
                }

                rest = rest[(i + 1)..];
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw length < LongestVarint ? Truncated() : new WireException("A number has more than 64 bits: damaged, or not of this schema.");
    }

    public int ReadInt()
    {
        var value = ReadLong();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new WireException("A number has more than 32 bits where the schema says int: damaged, or not of this schema.");
    }

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>A string or bytes: a span over the record itself.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadLong();
        if (length < 0 || length > rest.Length)
        {
            throw length < 0 ? new WireException("A length is negative: damaged, or not of this schema.") : Truncated();
        }

        return Take((int)length);
    }

    /// <summary>A union's branch or an enum's symbol.</summary>
    public int ReadIndex(int count)
    {
        var index = ReadLong();
        return index >= 0 && index < count
            ? (int)index
            : throw new WireException(string.Create(
                CultureInfo.InvariantCulture, $"A union or enum of {count} says {index}: damaged, or not of this schema."));
    }

    /// <summary>The number of items in the next block of an array or map; 0 ends it. Items take a byte at least.</summary>
    public int ReadBlock()
    {
        var count = ReadLong();
        if (count < 0)
        {
            var size = ReadLong();
            if (size < 0 || size > rest.Length)
            {
                throw Truncated();
            }

            count = count == long.MinValue ? long.MaxValue : -count;
        }

        return count <= rest.Length ? (int)count : throw Truncated();
    }

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > rest.Length)
        {
            throw Truncated();
        }

        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    /// <exception cref="WireException">Bytes are left.</exception>
    public readonly void End()
    {
        if (!rest.IsEmpty)
        {
            throw new WireException(string.Create(
                CultureInfo.InvariantCulture, $"{rest.Length} bytes are left after the record: damaged, or not of this schema."));
        }
    }

    static WireException Truncated() => new("The record ends in the middle of a value: truncated, or not of this schema.");
}
