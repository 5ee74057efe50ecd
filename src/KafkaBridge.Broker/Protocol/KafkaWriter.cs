using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaBridge.Broker.Protocol;

/// <summary>Writes one response into a rented buffer: the frame's length first, known at <see cref="Complete"/>.</summary>
sealed class KafkaWriter : IDisposable
{
    const int FrameLengthBytes = 4;

    byte[] buffer = ArrayPool<byte>.Shared.Rent(512);
    int length = FrameLengthBytes;

    /// <summary>Whether lengths are compact and structures end in tagged fields; set per response by its version.</summary>
    public bool Flexible { get; set; }

    /// <summary>What it may grow to.</summary>
    public int Most { get; set; } = BrokerLimits.ResponseBytes;

    /// <summary>What every error of this response is to be, for tests of clients.</summary>
    public ErrorCode? EveryError { get; set; }

    public void Boolean(bool value) => Reserve(1)[0] = value ? (byte)1 : (byte)0;

    public void Int8(sbyte value) => Reserve(1)[0] = (byte)value;

    public void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Reserve(2), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(8), value);

    public void Uuid(Guid value) => value.TryWriteBytes(Reserve(16), bigEndian: true, out _);

    public void Error(ErrorCode code) => Int16((short)(EveryError ?? code));

    public void UnsignedVarint(uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            Reserve(1)[0] = (byte)(value | 0x80);
        }

        Reserve(1)[0] = (byte)value;
    }

    public void String(string? value)
    {
        if (value is null)
        {
            NullLength(2);
            return;
        }

        var bytes = Encoding.UTF8.GetByteCount(value);
        if (Flexible)
        {
            UnsignedVarint((uint)bytes + 1);
        }
        else
        {
            Int16(checked((short)bytes));
        }

        Encoding.UTF8.GetBytes(value, Reserve(bytes));
    }

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(BytesToFill(value.Length));

    /// <summary>Writes the length and returns the place for so many bytes.</summary>
    public Span<byte> BytesToFill(int count)
    {
        if (Flexible)
        {
            UnsignedVarint((uint)count + 1);
        }
        else
        {
            Int32(count);
        }

        return Reserve(count);
    }

    public void Count(int count)
    {
        if (Flexible)
        {
            UnsignedVarint((uint)count + 1);
        }
        else
        {
            Int32(count);
        }
    }

    public void NullCount() => NullLength(4);

    public void Int32Array(params ReadOnlySpan<int> values)
    {
        Count(values.Length);
        foreach (var value in values)
        {
            Int32(value);
        }
    }

    /// <summary>Ends a structure: no tagged fields.</summary>
    public void Tags()
    {
        if (Flexible)
        {
            UnsignedVarint(0);
        }
    }

    /// <summary>
    /// A place to come back to, for a count that is known later. Only for responses that are not flexible or fixed in width.
    /// </summary>
    public int Mark() => length;

    public void PatchError(int mark, ErrorCode code) =>
        BinaryPrimitives.WriteInt16BigEndian(buffer.AsSpan(mark, 2), (short)(EveryError ?? code));

    /// <summary>Takes back what was written after the mark.</summary>
    public void Rewind(int mark) => length = mark;

    /// <summary>The whole frame.</summary>
    public ReadOnlyMemory<byte> Complete()
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer, length - FrameLengthBytes);
        return buffer.AsMemory(0, length);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    void NullLength(int width)
    {
        if (Flexible)
        {
            UnsignedVarint(0);
        }
        else
        {
            Reserve(width).Fill(0xFF);
        }
    }

    Span<byte> Reserve(int count)
    {
        if (buffer.Length - length < count)
        {
            if (count > Most - length)
            {
                throw new MalformedRequestException($"it asks for an answer of more than {Most} bytes: ask for less at once");
            }

            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(length + count), buffer.Length * 2));
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        var place = buffer.AsSpan(length, count);
        length += count;
        return place;
    }
}
