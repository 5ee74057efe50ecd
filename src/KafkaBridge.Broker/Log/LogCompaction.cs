using System.Buffers;
using System.Buffers.Binary;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <summary>
/// Compaction of one partition: of the records with one key, in all segments but the last, only the newest stays; a tombstone goes
/// when it has been seen for long enough. Offsets never change. Each segment is rewritten beside the old one, synced, and takes its
/// name: a crash leaves the one or the other.
/// A batch that can't be read here (lz4, snappy, zstd) or belongs to a transaction stays whole, and no tombstone after one is removed, as
/// it may hold what the tombstone deletes.
/// </summary>
sealed class LogCompaction(PartitionLog log, long now)
{
    readonly Dictionary<string, long> newest = []; // by the key's bytes, as Latin-1 text
    bool unreadable;

    /// <summary>Returns how many bytes went.</summary>
    public long Run()
    {
        var settings = log.Settings;
        var segments = log.Segments.Take()[..^1].TakeWhile(segment => now - segment.MaxTimestamp >= settings.MinCompactionLagMs).ToList();
        foreach (var segment in segments)
        {
            Each(segment, ReadKeys);
            if (newest.Count >= BrokerLimits.KeysPerCompaction)
            {
                break; // the rest is compared with these keys next time
            }
        }

        var saved = 0L;
        foreach (var segment in segments)
        {
            saved += Rewrite(segment);
        }

        return saved;
    }

    void ReadKeys(ReadOnlyMemory<byte> bytes)
    {
        var batch = new RecordBatch(bytes.Span);
        if (Records(batch) is not { } records)
        {
            return;
        }

        var cursor = new RecordCursor(records);
        while (cursor.Next())
        {
            if (cursor.HasKey && newest.Count < BrokerLimits.KeysPerCompaction)
            {
                newest[Text(cursor.Key)] = batch.BaseOffset + cursor.OffsetDelta;
            }
        }
    }

    long Rewrite(LogSegment segment)
    {
        var before = segment.Size;
        var kept = new ArrayBufferWriter<byte>();
        var changed = false;
        Each(segment, bytes => changed |= Keep(bytes, kept, segment));
        if (!changed)
        {
            return 0;
        }

        if (!log.Swap(segment, () => segment.RewriteAs(kept.WrittenSpan)))
        {
            return 0;
        }

        return before - kept.WrittenCount;
    }

    // Returns whether something of the batch goes.
    bool Keep(ReadOnlyMemory<byte> bytes, ArrayBufferWriter<byte> kept, LogSegment segment)
    {
        var batch = new RecordBatch(bytes.Span);
        if (Records(batch) is not { } records)
        {
            unreadable = true;
            kept.Write(bytes.Span);
            return false;
        }

        var tombstonesMayGo = !unreadable && now - segment.MaxTimestamp > log.Settings.DeleteRetentionMs;
        var left = new ArrayBufferWriter<byte>(Math.Max(1, records.Length));
        var count = 0;
        var cursor = new RecordCursor(records);
        while (cursor.Next())
        {
            var offset = batch.BaseOffset + cursor.OffsetDelta;
            var isKnown = newest.TryGetValue(Text(cursor.Key), out var last) && cursor.HasKey;
            var isOld = isKnown && offset < last;
            var isSpentTombstone = isKnown && offset == last && !cursor.HasValue && tombstonesMayGo;
            if (!isOld && !isSpentTombstone)
            {
                left.Write(cursor.Record);
                count++;
            }
        }

        unreadable |= cursor.IsBroken;
        if (cursor.IsBroken || count == batch.RecordCount)
        {
            kept.Write(bytes.Span);
            return false;
        }

        if (count > 0)
        {
            WriteBatch(bytes.Span, left.WrittenSpan, count, kept);
        }

        return true;
    }

    // The same header, so the same offsets, producer and times; uncompressed records.
    static void WriteBatch(ReadOnlySpan<byte> old, ReadOnlySpan<byte> records, int count, ArrayBufferWriter<byte> kept)
    {
        var size = RecordBatch.HeaderBytes + records.Length;
        var batch = kept.GetSpan(size)[..size];
        old[..RecordBatch.HeaderBytes].CopyTo(batch);
        records.CopyTo(batch[RecordBatch.HeaderBytes..]);
        BinaryPrimitives.WriteInt32BigEndian(batch[8..], size - RecordBatch.LengthBytes);
        RecordBatch.SetUncompressed(batch, count);
        kept.Advance(size);
    }

    static void Each(LogSegment segment, Action<ReadOnlyMemory<byte>> see)
    {
        var header = new byte[RecordBatch.HeaderBytes];
        for (long position = 0; segment.ReadHeader(position, header);)
        {
            var bytes = new byte[new RecordBatch(header).TotalBytes];
            segment.Read(position, bytes);
            see(bytes);
            position += bytes.Length;
        }
    }

    static byte[]? Records(RecordBatch batch) => batch.IsTransactional ? null : BatchRecords.Inflate(batch);

    static string Text(ReadOnlySpan<byte> key) => System.Text.Encoding.Latin1.GetString(key);
}
