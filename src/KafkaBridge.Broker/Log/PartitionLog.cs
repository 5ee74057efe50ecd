using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker.Log;

/// <summary>
/// One partition: the only owner of its records and its producers' state. Appends go through its lock, one after the other; a
/// reader sees what is below the high watermark, that is, what is durable (or, without flushing, what has been written).
/// After an error of the disk it refuses appends until the broker starts again and reads the files anew.
/// </summary>
sealed class PartitionLog : IDisposable
{
    readonly Lock appending = new(); // of segments, producers, failure and settings
    readonly string folder;
    readonly LogGround ground;
    readonly SegmentList segments;
    readonly ProducerStates producers;
    readonly GroupCommit commit;
    readonly Watchers watchers = new();
    LogSettings settings;
    long logStart;
    long logEnd;
    long highWatermark;
    long activeSince; // when the last segment got its first batch, as far as this process knows
    long compactedUpTo; // in this process: after a start all is read once
    string? failure;

    /// <exception cref="InvalidDataException">A finished segment is damaged.</exception>
    public PartitionLog(string folder, long logStart, LogSettings settings, LogGround ground)
    {
        this.folder = folder;
        this.ground = ground;
        this.settings = settings;
        segments = SegmentList.Open(folder, ground.Report, out producers);
        segments.Active.Sync(); // what is shown from now on is durable
        this.logStart = Math.Max(logStart, segments.StartOffset);
        logEnd = Math.Max(this.logStart, segments.Active.NextOffset);
        if (segments.Active.NextOffset < logEnd)
        {
            segments.RestartAt(logEnd, producers);
        }

        highWatermark = logEnd;
        activeSince = ground.NowMs;
        commit = new GroupCommit(ground.Disk, Sync, logEnd);
    }

    public string Folder => folder;

    public long LogStart => Volatile.Read(ref logStart);

    public long HighWatermark => Volatile.Read(ref highWatermark);

    /// <summary>One above the last offset that has been written, shown or not.</summary>
    public long LogEnd => Volatile.Read(ref logEnd);

    /// <summary>Whether it was closed, with its topic or with the broker.</summary>
    public bool IsStopped { get; private set; }

    public Watchers Watchers => watchers;

    public LogSettings Settings
    {
        get => Volatile.Read(ref settings);
        set => Volatile.Write(ref settings, value);
    }

    public long TotalBytes => segments.TotalBytes;

    public SegmentList Segments => segments;

    /// <summary>Appends one batch, which <see cref="BatchCheck"/> has found in order; gives it its offsets in place.</summary>
    public AppendResult Append(Span<byte> bytes)
    {
        var now = ground.NowMs;
        lock (appending)
        {
            if (failure is not null)
            {
                return AppendResult.Refused(ErrorCode.KafkaStorageError, failure);
            }

            var batch = new RecordBatch(bytes);
            if (batch.ProducerId >= 0)
            {
                if (producers.FindDuplicate(batch) is { } known)
                {
                    return new AppendResult(ErrorCode.None, known.FirstOffset, -1, known.LastOffset + 1);
                }

                var error = producers.Check(batch);
                if (error != ErrorCode.None)
                {
                    return AppendResult.Refused(
                        error,
                        $"producer {batch.ProducerId} epoch {batch.ProducerEpoch}: sequence {batch.BaseSequence} can't follow at "
                            + $"offset {logEnd}");
                }
            }

            RecordBatch.SetPlace(bytes, logEnd, BrokerState.LeaderEpoch);
            var appendTime = -1L;
            if (Settings.LogAppendTime)
            {
                appendTime = now;
                RecordBatch.SetLogAppendTime(bytes, now);
            }

            if (!TryWrite(bytes, now))
            {
                return AppendResult.Refused(ErrorCode.KafkaStorageError, failure ?? "the disk refused the write; try again");
            }

            var start = logEnd;
            Volatile.Write(ref logEnd, segments.Active.NextOffset);
            producers.Add(new RecordBatch(bytes), now);
            if (ground.Flush == FlushMode.None)
            {
                Show(logEnd);
            }
            else
            {
                commit.Ask(logEnd);
            }

            return new AppendResult(ErrorCode.None, start, appendTime, logEnd);
        }
    }

    /// <summary>Ends when what is below the offset is durable, or at once where the broker does not flush.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task DurableAsync(long offset) => ground.Flush == FlushMode.None ? Task.CompletedTask : commit.UntilAsync(offset);

    /// <summary>
    /// At most so many bytes from the batch that holds the offset on, but the first batch whole; null if there is nothing yet.
    /// The offset is within the log.
    /// </summary>
    public LogSlice? Locate(long offset, int bytes)
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderBytes];
        var taken = segments.Take();
        for (var i = SegmentList.IndexOf(taken, offset); i < taken.Length; i++)
        {
            if (taken[i].Find(offset, header) is not { } position)
            {
                continue;
            }

            var first = new RecordBatch(header);
            if (first.BaseOffset >= HighWatermark)
            {
                return null;
            }

            var available = (int)(taken[i].Size - position);
            return new LogSlice(taken[i], position, Math.Max((int)first.TotalBytes, Math.Min(bytes, available)));
        }

        return null;
    }

    /// <summary>Reads a slice; returns how many of its bytes are whole batches below the high watermark.</summary>
    public int Read(LogSlice slice, Span<byte> target)
    {
        var watermark = HighWatermark;
        var read = slice.Segment.Read(slice.Position, target[..slice.Bytes]);
        var whole = 0;
        while (whole + RecordBatch.HeaderBytes <= read)
        {
            var batch = new RecordBatch(target[whole..read]);
            if (batch.BaseOffset >= watermark || batch.TotalBytes > read - whole)
            {
                break;
            }

            whole += (int)batch.TotalBytes;
        }

        return whole;
    }

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

    public void Dispose()
    {
        lock (appending)
        {
            if (failure is null && segments.Active.Size > 0)
            {
                segments.Active.Sync();
            }

            IsStopped = true;
            failure ??= "the broker has stopped";
            segments.Dispose();
        }

        watchers.Wake();
    }

    bool TryWrite(ReadOnlySpan<byte> bytes, long now)
    {
        try
        {
            ground.Faults.ThrowIfDiskIsFull();
            var batch = new RecordBatch(bytes);
            var first = segments.Active.FirstTimestamp;
            if (!segments.Active.HasRoomFor(bytes.Length, batch.LastOffset, Settings.SegmentBytes)
                || (first is { } since && batch.MaxTimestamp - since > Settings.SegmentMs))
            {
                Roll();
            }

            if (segments.Active.Size == 0)
            {
                activeSince = now;
            }

            segments.Active.Append(bytes);
            return true;
        }
        catch (IOException exception)
        {
            ground.Report($"{folder}: a write at offset {logEnd} failed: {exception.Message}");
            try
            {
                segments.Active.CutOff();
            }
            catch (IOException again)
            {
                failure = $"the log can't be written ({again.Message}); start the broker again when the disk is well";
            }

            return false;
        }
    }

    // What is written before the roll is durable after it.
    void Roll() => segments.Roll(producers);

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

    long Sync()
    {
        ground.Faults.DelayFlush();
        LogSegment active;
        long reached;
        lock (appending)
        {
            active = segments.Active;
            reached = logEnd;
        }

        try
        {
            active.Sync();
        }
        catch (ObjectDisposedException) when (failure is null)
        {
            // finished, so synced, and deleted meanwhile
        }
        catch (Exception exception)
        {
            lock (appending)
            {
                failure ??= $"the log can't be made durable ({exception.Message}); start the broker again when the disk is well";
            }

            ground.Report($"{folder}: {failure}");
            throw;
        }

        Show(reached);
        return reached;
    }

    void Show(long offset)
    {
        Volatile.Write(ref highWatermark, offset);
        watchers.Wake();
    }
}
