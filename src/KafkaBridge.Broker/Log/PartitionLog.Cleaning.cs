namespace KafkaBridge.Broker.Log;

/// <content>What takes records out again: DeleteRecords, retention, compaction.</content>
sealed partial class PartitionLog
{
    /// <summary>Moves the start of the log up; what is below is not shown any more, and whole segments of it are deleted.</summary>
    public void RaiseStart(long offset)
    {
        lock (appending)
        {
            Volatile.Write(ref logStart, Math.Max(logStart, offset));
            RemoveSegmentsBelow(logStart);
        }

        watchers.Wake();
    }

    /// <summary>Deletes what the topic's retention no longer keeps; returns whether the start of the log moved.</summary>
    public bool Retain()
    {
        lock (appending)
        {
            if (failure is not null || !Settings.IsDeleted)
            {
                return false;
            }

            var count = Retention.SegmentsToDelete(segments.Take(), Settings, ground.NowMs);
            if (count == segments.All.Count)
            {
                Roll(); // the last one too is past its time: an empty one takes its place
            }

            if (count == 0)
            {
                return false;
            }

            segments.RemoveFirst(count);
            Volatile.Write(ref logStart, Math.Max(logStart, segments.StartOffset));
            producers.ForgetBefore(ground.NowMs - (long)BrokerLimits.ProducerExpiry.TotalMilliseconds);
            return true;
        }
    }

    /// <summary>How much of what compaction may read has come since it last did.</summary>
    public double DirtyRatio
    {
        get
        {
            var finished = segments.Take()[..^1];
            var total = finished.Sum(segment => segment.Size);
            return total == 0 ? -1 : finished.Where(segment => segment.BaseOffset >= compactedUpTo).Sum(segment =>
                segment.Size) / (double)total;
        }
    }

    /// <summary>Compaction has read all but the last segment.</summary>
    public void Compacted() => compactedUpTo = segments.Active.BaseOffset;

    /// <summary>Compaction puts a rewritten segment in place; false if the old one is gone by now.</summary>
    public bool Swap(LogSegment old, Func<LogSegment> rewritten)
    {
        lock (appending)
        {
            if (failure is not null || !segments.All.Contains(old))
            {
                return false;
            }

            segments.Replace(old, rewritten());
            return true;
        }
    }

    /// <summary>Begins a new segment where this one has been written to for longer, so that compaction may read all before it.</summary>
    public void RollIfOlderThan(long milliseconds)
    {
        lock (appending)
        {
            if (failure is null && segments.Active.Size > 0 && ground.NowMs - activeSince >= milliseconds)
            {
                Roll();
            }
        }
    }

    void RemoveSegmentsBelow(long offset)
    {
        var taken = segments.Take();
        var count = taken.Length - 1;
        while (count > 0 && taken[count].BaseOffset > offset)
        {
            count--;
        }

        if (count > 0)
        {
            segments.RemoveFirst(count);
        }
    }
}
