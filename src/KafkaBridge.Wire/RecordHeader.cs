using System.Buffers.Binary;
using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

/// <summary>
/// The one header that every record carries: who wrote it, in which attempt (session), and its place in the writer's log.
/// 32 bytes, little-endian: format 1, flags 1, node 2, session 4, epoch 4, commit LSN 8, version tick 8, ordinal 4.
/// </summary>
public readonly record struct RecordHeader(RecordFlags Flags, int Node, int Session, int Epoch, Lsn CommitLsn, long Tick, int Ordinal)
{
    public const string Name = "kafkabridge";
    public const byte Format = 1;
    public const int Length = 32;

    const RecordFlags Known = RecordFlags.ReservedKey | RecordFlags.Chunked | RecordFlags.Unchanged;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        bytes[0] = Format;
        bytes[1] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), checked((ushort)Node));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Session);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(12), CommitLsn.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(20), Tick);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), Ordinal);
        return bytes;
    }

    /// <exception cref="WireException">A higher format, or not this header at all.</exception>
    public static RecordHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] == 0)
        {
            throw new WireException($"The header '{Name}' is empty or of format 0: the record is not KafkaBridge's.");
        }

        if (bytes[0] > Format)
        {
            throw new WireException(string.Create(
                CultureInfo.InvariantCulture,
                $"The header '{Name}' is of format {bytes[0]}, this version reads up to {Format}: install on this node the version "
                + $"that the writer runs."));
        }

        if (bytes.Length != Length)
        {
            throw new WireException(string.Create(
                CultureInfo.InvariantCulture,
                $"The header '{Name}' has {bytes.Length} bytes, format {Format} has {Length}: truncated or not KafkaBridge's."));
        }

        var flags = (RecordFlags)bytes[1];
        var ordinal = BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]);
        if ((flags & ~Known) != 0 || ordinal < 0)
        {
            throw new WireException(string.Create(
                CultureInfo.InvariantCulture,
                $"The header '{Name}' has flags 0x{bytes[1]:x2} and ordinal {ordinal}: damaged or not KafkaBridge's."));
        }

        return new RecordHeader(
            flags,
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..])),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[20..]),
            ordinal);
    }
}
