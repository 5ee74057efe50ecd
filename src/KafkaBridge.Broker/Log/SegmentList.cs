using System.Globalization;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker.Log;

/// <summary>
/// The segments of one partition, oldest first; the last one grows. Changed only under the partition's lock; readers take the
/// array as it is at that moment.
/// </summary>
sealed class SegmentList : IDisposable
{
    const string ProducersSuffix = ".producers";

    readonly string folder;
    volatile LogSegment[] segments = [];

    SegmentList(string folder) => this.folder = folder;

    public IReadOnlyList<LogSegment> All => segments;

    public LogSegment Active => segments[^1];

    public long StartOffset => segments[0].BaseOffset;

    public long TotalBytes => segments.Sum(segment => segment.Size);

    /// <summary>Opens the folder's segments, or makes the first one; brings the producers' state up to date with the batches.</summary>
    public static SegmentList Open(string folder, Action<string> report, out ProducerStates producers)
    {
        Directory.CreateDirectory(folder);
        var list = new SegmentList(folder);
        var bases = new List<long>();
        foreach (var file in Directory.GetFiles(folder))
        {
            switch (Path.GetExtension(file))
            {
                case ".log":
                    bases.Add(long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture));
                    break;
                case ".tmp":
                    File.Delete(file); // of a rewrite that did not come to its end
                    break;
            }
        }

        bases.Sort();
        producers = new ProducerStates();
        if (bases.Count == 0)
        {
            list.segments = [LogSegment.Create(folder, 0)];
            return list;
        }

        var known = list.ReadProducers(bases[^1]);
        producers = known ?? producers;
        var opened = new List<LogSegment>();
        for (var i = 0; i < bases.Count; i++)
        {
            var isLast = i == bases.Count - 1;
            var segment = isLast || known is null ? null : LogSegment.OpenFinished(folder, bases[i], bases[i + 1]);
            if (segment is null)
            {
                var target = isLast || known is null ? producers : new ProducerStates();
                segment = LogSegment.Recover(folder, bases[i], isLast, batch => target.Add(batch, batch.MaxTimestamp), out var cut);
                if (cut > 0)
                {
                    report($"{folder}: the last {cut} bytes were no whole batch and are cut off; the log ends at offset "
                        + $"{segment.NextOffset}");
                }
            }

            opened.Add(segment);
        }

        list.segments = [.. opened];
        return list;
    }

    /// <summary>The segment that holds the offset or, where it is in a gap, the first one after it.</summary>
    public static int IndexOf(LogSegment[] taken, long offset)
    {
        int low = 0, high = taken.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (taken[middle].BaseOffset <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    public LogSegment[] Take() => segments;

    /// <summary>Finishes the last segment and begins the next; all that is in the old one is durable then.</summary>
    public void Roll(ProducerStates producers)
    {
        Active.Finish();
        var next = Active.NextOffset;
        DurableFiles.Replace(ProducersPath(next), producers.Write());
        segments = [.. segments, LogSegment.Create(folder, next)];
        DurableFiles.SyncFolder(folder);
        if (segments.Length > 2)
        {
            File.Delete(ProducersPath(segments[^2].BaseOffset));
        }
    }

    /// <summary>Deletes the first ones.</summary>
    public void RemoveFirst(int count)
    {
        var gone = segments[..count];
        segments = segments[count..];
        foreach (var segment in gone)
        {
            segment.Delete();
        }
    }

    /// <summary>Forgets everything; the log goes on, empty, at this offset.</summary>
    public void RestartAt(long offset, ProducerStates producers)
    {
        var old = segments;
        DurableFiles.Replace(ProducersPath(offset), producers.Write());
        segments = [LogSegment.Create(folder, offset)];
        foreach (var segment in old)
        {
            segment.Delete();
        }

        DurableFiles.SyncFolder(folder);
    }

    /// <summary>Puts a rewritten segment, already durable under its name, in the old one's place.</summary>
    public void Replace(LogSegment old, LogSegment rewritten)
    {
        var changed = (LogSegment[])segments.Clone();
        changed[Array.IndexOf(changed, old)] = rewritten;
        segments = changed;
        old.Dispose();
    }

    public void Dispose()
    {
        foreach (var segment in segments)
        {
            segment.Dispose();
        }
    }

    string ProducersPath(long offset) => Path.ChangeExtension(LogSegment.LogPath(folder, offset), ProducersSuffix);

    ProducerStates? ReadProducers(long offset) =>
        File.Exists(ProducersPath(offset)) ? ProducerStates.Read(File.ReadAllBytes(ProducersPath(offset))) : null;
}
