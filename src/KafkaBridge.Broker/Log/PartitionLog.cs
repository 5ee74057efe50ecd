using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker.Log;

/// <summary>
/// One partition: the only owner of its records and its producers' state. Appends go through its lock, one after the other; a
/// reader sees what is below the high watermark, that is, what is durable (or, without flushing, what has been written).
/// After an error of the disk it refuses appends until the broker starts again and reads the files anew.
/// </summary>
sealed partial class PartitionLog : IDisposable
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
    bool isPlaced;
    string? failure;

    /// <exception cref="InvalidDataException">A finished segment is damaged.</exception>
    public PartitionLog(string folder, long logStart, LogSettings settings, LogGround ground)
    {
        this.folder = folder;
        this.ground = ground;
        this.settings = settings;
        segments = SegmentList.Open(folder, ground.Report, out producers);
        if (segments.TotalBytes > 0) // what is shown from now on is durable
        {
            segments.Active.Sync();
            Place();
        }

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

            if (batch.IsTransactional && !Transactions.IsOpen(batch.ProducerId, batch.ProducerEpoch))
            {
                return AppendResult.Refused(
                    ErrorCode.InvalidTxnState, $"producer {batch.ProducerId} has no transaction in epoch {batch.ProducerEpoch} here");
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
            producers.Add(new RecordBatch(bytes), now);
            Written();
            return new AppendResult(ErrorCode.None, start, appendTime, logEnd);
        }
    }

    /// <summary>Ends when what is below the offset is durable, or at once where the broker does not flush.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task DurableAsync(long offset) => ground.Flush == FlushMode.None ? Task.CompletedTask : commit.UntilAsync(offset);

    public void Dispose()
    {
        lock (appending)
        {
            if (failure is null && segments.Active.Size > 0)
            {
                segments.Active.Sync();
                Place();
            }

            Close();
        }

        watchers.Wake();
    }

    /// <summary>As <see cref="Dispose"/> for a log whose files are deleted next: nothing of it is made durable.</summary>
    public void Abandon()
    {
        lock (appending)
        {
            Close();
        }

        watchers.Wake();
    }

    void Close()
    {
        IsStopped = true;
        failure ??= "the broker has stopped";
        segments.Dispose();
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

    // The log ends higher: it is shown, or made durable first.
    void Written()
    {
        Volatile.Write(ref logEnd, segments.Active.NextOffset);
        if (ground.Flush == FlushMode.None)
        {
            Show(logEnd);
        }
        else
        {
            commit.Ask(logEnd);
        }
    }

    // What is written before the roll is durable after it.
    void Roll() => segments.Roll(producers);

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
            Place();
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

    // Before its first record counts as durable: its files are in its folder, that in its topic's, that in the folder of all logs.
    // Until then a power loss may take them: an empty log is made again at start.
    void Place()
    {
        if (!isPlaced)
        {
            var ofTopic = Path.GetDirectoryName(folder)!;
            DurableFiles.SyncFolder(folder);
            DurableFiles.SyncFolder(ofTopic);
            DurableFiles.SyncFolder(Path.GetDirectoryName(ofTopic)!);
            isPlaced = true;
        }
    }

    void Show(long offset)
    {
        Volatile.Write(ref highWatermark, offset);
        watchers.Wake();
    }
}
