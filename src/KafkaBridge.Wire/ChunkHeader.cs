using System.Buffers;
using System.Globalization;
using KafkaBridge.Wire.Avro;

namespace KafkaBridge.Wire;

/// <summary>
/// The header that says which columns travel in pieces: a format byte, then Avro's numbers: a count, and for each column
/// its place in the row, whether of the old row, length, pieces, and 32 bytes of SHA-256.
/// </summary>
public static class ChunkHeader
{
    public const string Name = "kafkabridge.chunks";

    const byte Format = 1;
    const int HashLength = 32;

    public static byte[] Encode(IReadOnlyList<ChunkPointer> pointers)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new AvroWriter(output);
        writer.WriteByte(Format);
        writer.WriteLong(pointers.Count);
        foreach (var pointer in pointers)
        {
            writer.WriteLong(pointer.Column);
            writer.WriteBoolean(pointer.InBefore);
            writer.WriteLong(pointer.Length);
            writer.WriteLong(pointer.Pieces);
            pointer.Sha256.AsSpan(0, HashLength).CopyTo(writer.Append(HashLength));
        }

        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="WireException">Truncated, foreign, or of a newer format.</exception>
    public static IReadOnlyList<ChunkPointer> Decode(ReadOnlySpan<byte> header)
    {
        var reader = new AvroReader(header);
        var format = reader.ReadByte();
        if (format != Format)
        {
            throw new WireException(string.Create(
                CultureInfo.InvariantCulture,
                $"The header '{Name}' is of format {format}, this version reads {Format}: install on this node the version that the "
                + $"writer runs."));
        }

        var pointers = new List<ChunkPointer>();
        for (var count = reader.ReadBlock(); count > 0; count--)
        {
            var pointer = new ChunkPointer(
                reader.ReadInt(), reader.ReadBoolean(), reader.ReadLong(), reader.ReadInt(), reader.Take(HashLength).ToArray());
            if (pointer.Column < 0 || pointer.Length < 0 || pointer.Pieces < 0)
            {
                throw new WireException($"The header '{Name}' has a negative number: damaged or not KafkaBridge's.");
            }

            pointers.Add(pointer);
        }

        reader.End();
        return pointers;
    }
}
