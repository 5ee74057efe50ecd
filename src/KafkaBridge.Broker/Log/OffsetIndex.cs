using System.Buffers.Binary;
using KafkaBridge.Broker.Storage;
using Microsoft.Win32.SafeHandles;

namespace KafkaBridge.Broker.Log;

/// <summary>
/// Where in a segment's log offsets and times are: an entry for about every 4 KiB, of a batch's base offset (relative to the
/// segment), its place, and the greatest timestamp of all batches before it. All three only grow, so either can be searched.
/// The last segment's index is made anew at start; the others were synced before the next segment began.
/// </summary>
sealed class OffsetIndex : IDisposable
{
    public const int BytesBetweenEntries = 4096;
    const int EntryBytes = 16;

    readonly string path;
    readonly SafeFileHandle file;
    volatile int count;

    OffsetIndex(string path, SafeFileHandle file, int count)
    {
        this.path = path;
        this.file = file;
        this.count = count;
    }

    /// <summary>Of a segment that may grow: begins empty.</summary>
    public static OffsetIndex Create(string path) => new(path, DurableFiles.Create(path), 0);

    /// <summary>Of a finished segment; null if it is missing or can't be the index of a log of so many bytes.</summary>
    public static OffsetIndex? Open(string path, long logBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(file);
        var index = new OffsetIndex(path, file, (int)(length / EntryBytes));
        if (length % EntryBytes == 0 && (index.LastEntry?.Position ?? -1) < logBytes && index.count > 0 == logBytes > 0)
        {
            return index;
        }

        index.Dispose();
        return null;
    }

    public void Add(int relativeOffset, int position, long greatestTimestampBefore)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt32BigEndian(entry, relativeOffset);
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
        BinaryPrimitives.WriteInt64BigEndian(entry[8..], greatestTimestampBefore);
        RandomAccess.Write(file, entry, (long)count * EntryBytes);
        count++;
    }

    /// <summary>A place at or before the batch that holds the offset.</summary>
    public int PositionOf(long relativeOffset) => Search(entry => entry.Offset <= relativeOffset);

    /// <summary>A place at or before the first batch that has such a timestamp or a greater one.</summary>
    public int PositionOfTime(long timestamp) => Search(entry => entry.TimestampBefore < timestamp);

    /// <summary>The place of the last batch with an entry that begins at or before the position and below the offset.</summary>
    public int LastPosition(long position, long belowOffset) =>
        Search(entry => entry.Position <= position && entry.Offset < belowOffset);

    /// <summary>Null while there is none.</summary>
    public (int Position, long TimestampBefore)? LastEntry
    {
        get
        {
            if (count == 0)
            {
                return null;
            }

            Span<byte> bytes = stackalloc byte[EntryBytes];
            RandomAccess.Read(file, bytes, (long)(count - 1) * EntryBytes);
            return (BinaryPrimitives.ReadInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
        }
    }

    public void Sync() => DurableFiles.Sync(file, path);

    public void Dispose() => file.Dispose();

    // The place of the last entry for which this still holds; it holds for the first ones and not for the last ones.
    int Search(Func<(int Offset, int Position, long TimestampBefore), bool> holds)
    {
        int low = 0, high = count, position = 0;
        Span<byte> bytes = stackalloc byte[EntryBytes];
        while (low < high)
        {
            var middle = (low + high) / 2;
            RandomAccess.Read(file, bytes, (long)middle * EntryBytes);
            var entry = (
                BinaryPrimitives.ReadInt32BigEndian(bytes),
                BinaryPrimitives.ReadInt32BigEndian(bytes[4..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
            if (holds(entry))
            {
                position = entry.Item2;
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return position;
    }
}
