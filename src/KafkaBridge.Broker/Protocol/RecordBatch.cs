using System.Buffers.Binary;
using System.Numerics;

namespace KafkaBridge.Broker.Protocol;

/// <summary>
/// The header of a record batch, format 2: 61 bytes, then the records, which this broker keeps as they came. The checksum covers
/// everything from the attributes on, so that base offset and leader epoch can be set without touching it.
/// </summary>
readonly ref struct RecordBatch(ReadOnlySpan<byte> bytes)
{
    public const int HeaderBytes = 61;

    /// <summary>Base offset and length: what must be read to know where the next batch begins.</summary>
    public const int LengthBytes = 12;

    const int LeaderEpochAt = 12;
    const int MagicAt = 16;
    const int ChecksumAt = 17;
    const int AttributesAt = 21;
    const int MaxTimestampAt = 35;
    const short CodecMask = 0x07;
    const short LogAppendTimeBit = 0x08;
    const short TransactionalBit = 0x10;
    const short ControlBit = 0x20;

    readonly ReadOnlySpan<byte> bytes = bytes;

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(bytes);

    /// <summary>Of the whole batch.</summary>
    public long TotalBytes => (long)BinaryPrimitives.ReadInt32BigEndian(bytes[8..]) + LengthBytes;

    public byte Magic => bytes[MagicAt];

    public uint Checksum => BinaryPrimitives.ReadUInt32BigEndian(bytes[ChecksumAt..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..]);

    public int LeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(bytes[LeaderEpochAt..]);

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(bytes[23..]);

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes[27..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(bytes[43..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(bytes[51..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(bytes[53..]);

    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(bytes[57..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.</summary>
    public int Codec => Attributes & CodecMask;

    public bool IsLogAppendTime => (Attributes & LogAppendTimeBit) != 0;

    public bool IsTransactional => (Attributes & TransactionalBit) != 0;

    public bool IsControl => (Attributes & ControlBit) != 0;

    public ReadOnlySpan<byte> Records => bytes[HeaderBytes..(int)TotalBytes];

    /// <summary>Whether the bytes begin with a whole batch of format 2 with a right checksum.</summary>
    public bool IsIntact =>
        bytes.Length >= HeaderBytes && Magic == 2 && TotalBytes >= HeaderBytes && TotalBytes <= bytes.Length
        && Checksum == Crc32C(bytes[AttributesAt..(int)TotalBytes]);

    public static void SetPlace(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], leaderEpoch);
    }

    /// <summary>For topics whose timestamps are the broker's: the records stay as they are, readers take the batch's.</summary>
    public static void SetLogAppendTime(Span<byte> batch, long timestamp)
    {
        var attributes = BinaryPrimitives.ReadInt16BigEndian(batch[AttributesAt..]);
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], (short)(attributes | LogAppendTimeBit));
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampAt..], timestamp);
        SetChecksum(batch);
    }

    /// <summary>After records were taken out: those left are without codec.</summary>
    public static void SetUncompressed(Span<byte> batch, int count)
    {
        var attributes = BinaryPrimitives.ReadInt16BigEndian(batch[AttributesAt..]);
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], (short)(attributes & ~CodecMask));
        BinaryPrimitives.WriteInt32BigEndian(batch[57..], count);
        SetChecksum(batch);
    }

    /// <summary>After a change of what it covers.</summary>
    public static void SetChecksum(Span<byte> batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch[ChecksumAt..], Crc32C(batch[AttributesAt..]));

    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var last in bytes)
        {
            crc = BitOperations.Crc32C(crc, last);
        }

        return ~crc;
    }
}
