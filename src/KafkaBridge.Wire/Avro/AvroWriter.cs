using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaBridge.Wire.Avro;

/// <summary>Writes Avro's binary form. What is written counts only after <see cref="Flush"/>.</summary>
ref struct AvroWriter(IBufferWriter<byte> output)
{
    const int LongestVarint = 10;

    Span<byte> span;
    int used;

    public void WriteByte(byte value) => Reserve(1)[used++] = value;

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteLong(long value)
    {
        var target = Reserve(LongestVarint);
        var rest = (ulong)((value << 1) ^ (value >> 63));
        while (rest >= 0x80)
        {
            target[used++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        target[used++] = (byte)rest;
    }

    public void WriteFloat(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(Reserve(sizeof(float))[used..], value);
        used += sizeof(float);
    }

    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Reserve(sizeof(double))[used..], value);
        used += sizeof(double);
    }

    /// <summary>Bytes, or a string in UTF-8.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        value.CopyTo(Append(value.Length));
    }

    public void WriteString(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        WriteLong(length);
        Encoding.UTF8.GetBytes(value, Append(length));
    }

    /// <summary>Room for raw bytes, to be filled before the next write.</summary>
    public Span<byte> Append(int length)
    {
        var room = Reserve(length).Slice(used, length);
        used += length;
        return room;
    }

    public void Flush()
    {
        output.Advance(used);
        span = default;
        used = 0;
    }

    Span<byte> Reserve(int length)
    {
        if (span.Length - used < length)
        {
            Flush();
            span = output.GetSpan(length);
        }

        return span;
    }
}
