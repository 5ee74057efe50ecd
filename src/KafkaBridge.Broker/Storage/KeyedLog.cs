using System.Buffers.Binary;
using System.Text;
using KafkaBridge.Broker.Protocol;
using Microsoft.Win32.SafeHandles;

namespace KafkaBridge.Broker.Storage;

/// <summary>
/// A durable dictionary: a log of "key is now value" and "key is gone", read whole at start, rewritten when most of it is old.
/// The topics, the committed offsets and the broker's own numbers live in such logs. A torn tail is cut off, as the next entry
/// was never acknowledged.
/// </summary>
sealed class KeyedLog : IDisposable
{
    const int EntryHeaderBytes = 8; // length, CRC-32C
    const long LeastBytesToRewrite = 1 << 20;

    readonly Lock guard = new(); // of everything below
    readonly string path;
    readonly BrokerFaults faults;
    readonly Dictionary<string, byte[]> entries = [];
    readonly GroupCommit commit;
    SafeFileHandle file;
    long end;
    long written; // ever, so that it never goes back when the file is rewritten
    long liveBytes;

    KeyedLog(string path, DiskThreads disk, BrokerFaults faults)
    {
        this.path = path;
        this.faults = faults;
        file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        commit = new GroupCommit(disk, Sync, 0);
    }

    /// <summary>Reads the file, or makes it: the folder is the caller's to sync then.</summary>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static KeyedLog Open(string path, DiskThreads disk, BrokerFaults faults)
    {
        var log = new KeyedLog(path, disk, faults);
        log.ReadAll();
        if (log.end > 0)
        {
            DurableFiles.Sync(log.file, path); // what is shown from now on stays
        }

        return log;
    }

    /// <summary>A copy of what is there.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> ToList()
    {
        lock (guard)
        {
            return [.. entries];
        }
    }

    public byte[]? Get(string key)
    {
        lock (guard)
        {
            return entries.GetValueOrDefault(key);
        }
    }

    /// <summary>Ends when the change is durable.</summary>
    public Task PutAsync(string key, byte[]? value) => PutAsync([new(key, value)]);

    /// <summary>All of them or, after a crash, the first ones; null removes a key. Ends when they are durable.</summary>
    /// <exception cref="IOException">The disk refused; nothing has changed.</exception>
    public async Task PutAsync(IReadOnlyList<KeyValuePair<string, byte[]?>> changes)
    {
        long position;
        lock (guard)
        {
            faults.ThrowIfDiskIsFull();
            using var encoded = new MemoryStream();
            foreach (var (key, value) in changes)
            {
                encoded.Write(Encode(key, value));
            }

            // An attempt that failed half way is overwritten by the next, or is a torn tail.
            RandomAccess.Write(file, encoded.GetBuffer().AsSpan(0, (int)encoded.Length), end);
            end += encoded.Length;
            written += encoded.Length;
            foreach (var (key, value) in changes)
            {
                Set(key, value);
            }

            if (end > LeastBytesToRewrite && end > 2 * liveBytes)
            {
                Rewrite();
            }

            position = written;
        }

        await commit.UntilAsync(position);
    }

    public void Dispose()
    {
        lock (guard)
        {
            file.Dispose();
        }
    }

    long Sync()
    {
        faults.DelayFlush();
        long reached;
        SafeFileHandle current;
        lock (guard)
        {
            reached = written;
            current = file;
        }

        try
        {
            DurableFiles.Sync(current, path);
        }
        catch (ObjectDisposedException)
        {
            // rewritten meanwhile, which synced it all
        }

        return reached;
    }

    void ReadAll()
    {
        var length = RandomAccess.GetLength(file);
        var header = new byte[EntryHeaderBytes];
        while (end + EntryHeaderBytes <= length)
        {
            RandomAccess.Read(file, header, end);
            var size = BinaryPrimitives.ReadInt32BigEndian(header);
            if (size < 8 || size > length - end - EntryHeaderBytes)
            {
                break;
            }

            var body = new byte[size];
            RandomAccess.Read(file, body, end + EntryHeaderBytes);
            if (RecordBatch.Crc32C(body) != BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)))
            {
                break;
            }

            var keyBytes = BinaryPrimitives.ReadInt32BigEndian(body);
            var hasValue = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(4)) != 0;
            Set(Encoding.UTF8.GetString(body, 8, keyBytes), hasValue ? body[(8 + keyBytes)..] : null);
            end += EntryHeaderBytes + size;
        }

        if (end < length)
        {
            RandomAccess.SetLength(file, end);
        }
    }

    void Set(string key, byte[]? value)
    {
        if (entries.Remove(key, out var old))
        {
            liveBytes -= EntryBytes(key, old);
        }

        if (value is not null)
        {
            entries[key] = value;
            liveBytes += EntryBytes(key, value);
        }
    }

    static int EntryBytes(string key, byte[]? value) => EntryHeaderBytes + 8 + Encoding.UTF8.GetByteCount(key) + (value?.Length ?? 0);

    // The new file is whole and synced before it takes the old one's name.
    void Rewrite()
    {
        using var content = new MemoryStream();
        foreach (var (key, value) in entries)
        {
            content.Write(Encode(key, value));
        }

        DurableFiles.Replace(path, content.GetBuffer().AsSpan(0, (int)content.Length));
        file.Dispose();
        file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        end = content.Length;
        liveBytes = end;
    }

    static byte[] Encode(string key, byte[]? value)
    {
        var keyBytes = Encoding.UTF8.GetByteCount(key);
        var entry = new byte[EntryBytes(key, value)];
        var body = entry.AsSpan(EntryHeaderBytes);
        BinaryPrimitives.WriteInt32BigEndian(body, keyBytes);
        BinaryPrimitives.WriteInt32BigEndian(body[4..], value is null ? 0 : 1);
        Encoding.UTF8.GetBytes(key, body[8..]);
        value?.CopyTo(body[(8 + keyBytes)..]);
        BinaryPrimitives.WriteInt32BigEndian(entry, body.Length);
        BinaryPrimitives.WriteUInt32BigEndian(entry.AsSpan(4), RecordBatch.Crc32C(body));
        return entry;
    }
}
