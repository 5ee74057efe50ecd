using System.Buffers;
using System.Globalization;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Storage;
using Microsoft.Win32.SafeHandles;

namespace KafkaBridge.Broker.Log;

/// <summary>
/// One file of a partition's log: record batches as they came, each with its offset, and an index beside it. One thread appends;
/// any number read what has been appended, without a lock.
/// </summary>
sealed class LogSegment : IDisposable
{
    readonly string path;
    readonly SafeFileHandle file;
    readonly OffsetIndex index;
    long size;
    long indexedAt;
    bool disposed;
    int holders = 1; // this object until it is disposed of, and answers that are being sent

    LogSegment(string path, long baseOffset, SafeFileHandle file, OffsetIndex index)
    {
        this.path = path;
        this.file = file;
        this.index = index;
        BaseOffset = baseOffset;
        NextOffset = baseOffset;
    }

    public long BaseOffset { get; }

    /// <summary>One above the last offset in it.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Of the log's file.</summary>
    public long Size => Volatile.Read(ref size);

    /// <summary>The greatest of all its batches; long.MinValue while there is none.</summary>
    public long MaxTimestamp { get; private set; } = long.MinValue;

    /// <summary>Of its first batch, for rolling by time.</summary>
    public long? FirstTimestamp { get; private set; }

    public static LogSegment Create(string folder, long baseOffset)
    {
        var path = LogPath(folder, baseOffset);
        return new LogSegment(path, baseOffset, DurableFiles.Create(path), OffsetIndex.Create(IndexPath(path)));
    }

    /// <summary>
    /// Opens a file and reads its batches through. In the last segment a batch that is not whole or whose checksum is wrong is
    /// where the file ends: it and what follows is cut off. In any other one it is an error.
    /// </summary>
    /// <param name="seen">Is shown every batch.</param>
    /// <exception cref="InvalidDataException">A finished segment is damaged.</exception>
    public static LogSegment Recover(string folder, long baseOffset, bool isLast, Action<RecordBatch> seen, out long cutBytes)
    {
        var path = LogPath(folder, baseOffset);
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var segment = new LogSegment(path, baseOffset, file, OffsetIndex.Create(IndexPath(path)));
        var length = RandomAccess.GetLength(file);
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        var next = baseOffset;
        while (segment.Size + RecordBatch.HeaderBytes <= length)
        {
            RandomAccess.Read(file, buffer.AsSpan(0, RecordBatch.HeaderBytes), segment.Size);
            var total = new RecordBatch(buffer).TotalBytes;
            if (total < RecordBatch.HeaderBytes || total > length - segment.Size)
            {
                break;
            }

            if (total > buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent((int)total);
            }

            RandomAccess.Read(file, buffer.AsSpan(0, (int)total), segment.Size);
            var batch = new RecordBatch(buffer.AsSpan(0, (int)total));
            if (!batch.IsIntact || batch.BaseOffset < next || batch.LastOffsetDelta < 0)
            {
                break;
            }

            segment.Note(batch);
            seen(batch);
            next = batch.LastOffset + 1;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        cutBytes = length - segment.Size;
        if (cutBytes > 0 && !isLast)
        {
            var at = segment.Size;
            segment.Dispose();
            throw new InvalidDataException($"{path} is damaged at byte {at}: the batch after offset {next - 1} fails its checksum "
                + $"or is cut off");
        }

        if (cutBytes > 0)
        {
            RandomAccess.SetLength(file, segment.Size);
        }

        return segment;
    }

    /// <summary>A finished segment with its index, without reading it through; null if it has none that can be used.</summary>
    public static LogSegment? OpenFinished(string folder, long baseOffset, long nextOffset)
    {
        var path = LogPath(folder, baseOffset);
        var length = new FileInfo(path).Length;
        if (OffsetIndex.Open(IndexPath(path), length) is not { } index)
        {
            return null;
        }

        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var segment = new LogSegment(path, baseOffset, file, index) { NextOffset = nextOffset, size = length };
        segment.ReadTimes();
        return segment;
    }

    /// <summary>Writes batches; offsets and checksum are right already.</summary>
    /// <exception cref="IOException">The disk refused; the segment is as before.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(file, bytes, size);
        Note(new RecordBatch(bytes));
    }

    /// <summary>After a failed write: what of it reached the file goes.</summary>
    public void CutOff() => RandomAccess.SetLength(file, Size);

    public bool HasRoomFor(int bytes, long lastOffset, int limit) =>
        Size == 0 || (Size + bytes <= limit && lastOffset - BaseOffset <= int.MaxValue);

    /// <summary>The place of the first batch that ends at or above the offset, and its header; null: there is none.</summary>
    public int? Find(long offset, Span<byte> header) => Scan(index.PositionOf(offset - BaseOffset), header, h =>
        new RecordBatch(h).LastOffset >= offset);

    /// <summary>The place of the first batch that has this timestamp or a greater one.</summary>
    public int? FindTime(long timestamp, Span<byte> header) =>
        MaxTimestamp < timestamp ? null : Scan(index.PositionOfTime(timestamp), header, h => new RecordBatch(h).MaxTimestamp >= timestamp);

    /// <summary>
    /// The whole batches from this place on: at most so many bytes, and those below the offset.
    /// </summary>
    public LogSlice WholeBatches(int position, long bytes, long below)
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderBytes];
        var end = Math.Min(Size, position + bytes);
        var endOffset = NextOffset;
        long at = Math.Max(position, index.LastPosition(end, below - BaseOffset));
        for (; ReadHeader(at, header); at += new RecordBatch(header).TotalBytes)
        {
            var batch = new RecordBatch(header);
            if (batch.BaseOffset >= below || at + batch.TotalBytes > end)
            {
                endOffset = batch.BaseOffset;
                break;
            }
        }

        return new LogSlice(this, position, (int)at - position, endOffset);
    }

    /// <summary>The header of the batch at this place; false at the end.</summary>
    public bool ReadHeader(long position, Span<byte> header) =>
        position + RecordBatch.HeaderBytes <= Size && RandomAccess.Read(file, header[..RecordBatch.HeaderBytes],
            position) == RecordBatch.HeaderBytes;

    public int Read(long position, Span<byte> target) => RandomAccess.Read(file, target, position);

    public void Sync() => DurableFiles.Sync(file, path);

    /// <summary>When nothing will be appended any more.</summary>
    public void Finish()
    {
        Sync();
        index.Sync();
    }

    /// <summary>Writes these batches as the segment of the same name; it is durable and whole, and readers of this one finish.</summary>
    public LogSegment RewriteAs(ReadOnlySpan<byte> batches)
    {
        File.Delete(IndexPath(path)); // it would be wrong for the new file; without one a start reads the segment through
        DurableFiles.Replace(path, batches);
        var seen = Recover(Path.GetDirectoryName(path)!, BaseOffset, isLast: false, _ => { }, out _);
        seen.Finish();
        seen.NextOffset = NextOffset; // what was at its end may be gone; the next segment begins where it did
        return seen;
    }

    /// <summary>
    /// Keeps the file readable, though it may be deleted meanwhile, until <see cref="LetGo"/>; false: it is closed already.
    /// </summary>
    public bool TryHold()
    {
        for (var seen = Volatile.Read(ref holders); seen > 0; seen = Volatile.Read(ref holders))
        {
            if (Interlocked.CompareExchange(ref holders, seen + 1, seen) == seen)
            {
                return true;
            }
        }

        return false;
    }

    public void LetGo()
    {
        if (Interlocked.Decrement(ref holders) == 0)
        {
            file.Dispose();
        }
    }

    /// <summary>Answers that are being sent from it are finished; later readers find it closed and look again.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(path);
        File.Delete(IndexPath(path));
    }

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref disposed, true))
        {
            index.Dispose();
            LetGo();
        }
    }

    public static string LogPath(string folder, long baseOffset) =>
        Path.Combine(folder, baseOffset.ToString("D20", CultureInfo.InvariantCulture) + ".log");

    static string IndexPath(string logPath) => Path.ChangeExtension(logPath, ".index");

    void Note(RecordBatch batch)
    {
        if (size == 0 || size - indexedAt >= OffsetIndex.BytesBetweenEntries)
        {
            index.Add((int)(batch.BaseOffset - BaseOffset), (int)size, MaxTimestamp);
            indexedAt = size;
        }

        FirstTimestamp ??= batch.MaxTimestamp;
        MaxTimestamp = Math.Max(MaxTimestamp, batch.MaxTimestamp);
        NextOffset = batch.LastOffset + 1;
        Volatile.Write(ref size, size + batch.TotalBytes);
    }

    // From the last entry's batch on; the entry has the greatest timestamp before it.
    void ReadTimes()
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderBytes];
        for (long position = 0; ReadHeader(position, header); position += new RecordBatch(header).TotalBytes)
        {
            FirstTimestamp ??= new RecordBatch(header).MaxTimestamp;
            MaxTimestamp = Math.Max(MaxTimestamp, new RecordBatch(header).MaxTimestamp);
            if (index.LastEntry is { } last && position < last.Position)
            {
                MaxTimestamp = Math.Max(MaxTimestamp, last.TimestampBefore);
                position = last.Position;
                ReadHeader(position, header);
                MaxTimestamp = Math.Max(MaxTimestamp, new RecordBatch(header).MaxTimestamp);
            }
        }
    }

    int? Scan(int position, Span<byte> header, Func<ReadOnlySpan<byte>, bool> found)
    {
        for (long at = position; ReadHeader(at, header); at += new RecordBatch(header).TotalBytes)
        {
            if (found(header))
            {
                return (int)at;
            }
        }

        return null;
    }
}
