using System.Buffers;
using System.Buffers.Binary;

namespace KafkaBridge.Wire;

/// <summary>Confluent's wire format: a zero byte, the schema's id (4 bytes, big-endian), then the Avro datum.</summary>
public static class RegistryFraming
{
    public const int Length = 5;

    public static void Write(IBufferWriter<byte> output, int id)
    {
        var span = output.GetSpan(Length);
        span[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], id);
        output.Advance(Length);
    }

    /// <exception cref="WireException">Not in this format.</exception>
    public static int ReadId(ReadOnlySpan<byte> framed)
    {
        if (framed.Length < Length || framed[0] != 0)
        {
            throw new WireException(
                "The record doesn't start with a schema id (a zero byte and four more): truncated or not in the registry's format.");
        }

        return BinaryPrimitives.ReadInt32BigEndian(framed[1..]);
    }
}
