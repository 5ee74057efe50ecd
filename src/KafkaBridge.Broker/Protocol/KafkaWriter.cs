using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using KafkaBridge.Broker.Log;

namespace KafkaBridge.Broker.Protocol;

/// <summary>
/// Writes one response into a rented buffer: the frame's length first, known at <see cref="Complete"/>. A fetch's records stay in their
/// files until <see cref="ResponseReader"/> takes them.
/// </summary>
sealed class KafkaWriter : IDisposable
{
    const int FrameLengthBytes = 4;

    byte[] buffer = ArrayPool<byte>.Shared.Rent(512);
    int length = FrameLengthBytes;
    List<PlacedRecords>? records;

    /// <summary>What comes from files, in order.</summary>
    public IReadOnlyList<PlacedRecords> Files => records ?? [];

    /// <summary>Whether lengths are compact and structures end in tagged fields; set per response by its version.</summary>
    public bool Flexible { get; set; }

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

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        value.CopyTo(Reserve(value.Length));
    }

    /// <summary>Records, which are not read yet; if their segment was deleted since they were found, none.</summary>
    public void Records(LogSlice slice)
    {
        if (!slice.Segment.TryHold())
        {
            Count(0);
            return;
        }

        Count(slice.Bytes);
        (records ??= []).Add(new PlacedRecords(length, slice));
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

    /// <summary>The whole frame, but for what comes from files.</summary>
    public ReadOnlyMemory<byte> Complete()
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer, length - FrameLengthBytes + Files.Sum(placed => placed.Slice.Bytes));
        return buffer.AsMemory(0, length);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        records?.ForEach(placed => placed.Slice.Segment.LetGo());
        records = null;
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
            if (count > BrokerLimits.ResponseBytes - length)
            {
                throw new MalformedRequestException(
                    $"it asks for an answer of more than {BrokerLimits.ResponseBytes} bytes: ask for less at once");
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
