using System.Diagnostics;
using KafkaBridge.Apply.Folding;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// One origin on its way into the database: what was read of it goes into a batch, the batch into its session, in its
/// order, when no other origin's session is at the same rows.
/// </summary>
sealed class Lane(
    NodeNumberAndName node, ApplyOptions options, ApplySession session, Inputs inputs, OriginReader reader,
    DependencyTracker tracker, KnowledgeHistory knowledge, ClusterProgress cluster, SelfProgress self, HeldPosition held,
    Cautions cautions, IReadOnlySet<string> withHistory, Lsn versionsBefore)
    : IAsyncDisposable
{
    static readonly TimeSpan TickWait = TimeSpan.FromMilliseconds(1);

    readonly bool isSelf = node.Number == options.NodeNumber;
    Batch batch = new(0);
    BatchCall? next; // all whole transactions of the batch
    OriginItem? peeked;
    Progressed? trailing; // the last one seen since a transaction began; holds once the batch is empty
    TransactionPosition? leftOut; // passed by order, and not yet written
    long passedAt = Stopwatch.GetTimestamp();
    HeldPosition written = held;
    long? keyTakenAt;
    long watermark;
    Task<bool>? readable;

    public HeldPosition Held { get; private set; } = held;
    public long Watermark => Volatile.Read(ref watermark);
    public long CommitTime { get; private set; }
    public bool Waits { get; private set; }
    public NodeNumberAndName Node => node;
    public int Pending => reader.Pending + batch.Changes;
    public long Skipped => reader.Skipped;

    public ValueTask DisposeAsync() => session.DisposeAsync();

    /// <summary>Until there may be something to do.</summary>
    public Task WaitAsync(TimeSpan most, CancellationToken ct) =>
        Waits ? Task.Delay(TickWait, ct) : Task.WhenAny(Readable, Task.Delay(most, ct));

    Task Readable => peeked is not null || !batch.IsEmpty && batch.Open is null
        ? Task.CompletedTask
        : readable is { IsCompleted: false } ? readable : readable = reader.Items.WaitToReadAsync().AsTask();

    /// <summary>
    /// Transactions in hand, in order: the first one that the position row doesn't cover is the one a failure stopped
    /// at.
    /// </summary>
    public IReadOnlyList<TransactionPosition> InHand =>
        [.. batch.Whole.Select(entry => entry.Position), .. batch.Open is { } open ? (TransactionPosition[])[open.Position] : []];

    /// <summary>Reads what is there and applies it, one batch at most.</summary>
    /// <returns>Whether anything was done, and more may be: not where the next tick has to pass first.</returns>
    public async Task<bool> StepAsync(CancellationToken ct)
    {
        await session.RequireDecidedAsync(ct);
        var read = Fill(() => IsBatchFull);
        if (batch.Whole.Count > 0 && !batch.IsAlone)
        {
            await ApplyWholeAsync(ct);
            read = !Waits;
        }
        else if (batch.Alone is { } alone)
        {
            Waits = batch.IsAlone && !cluster.Covers(alone.Transaction.Vector);
            if (!Waits)
            {
                await ApplyAloneAsync(alone, ct);
            }

            read = !Waits;
        }

        if (batch.IsEmpty && trailing is { } progress)
        {
            Pass(progress);
        }

        await WritePassedAsync(ct);
        return read;
    }

    /// <summary>The reader's own failure, once everything read before it is applied.</summary>
    public void ThrowIfReaderFailed()
    {
        if (peeked is null && batch.Whole.Count == 0 && reader.Items.Completion is { IsFaulted: true, Exception: { } failure })
        {
            throw failure.InnerException ?? failure;
        }
    }

    bool IsBatchFull => next is not null || batch.IsFull
        || (batch.Whole.Count > 0 && (batch.IsAlone || cautions.IsOneByOne(node.Number, Held.Position)));

    /// <summary>Whether inserts are taken for new keys: not for a while after one was not.</summary>
    bool IsFresh => !isSelf && (keyTakenAt is not { } taken || Stopwatch.GetElapsedTime(taken) >= Limits.FreshAgain);

    int NodeNumbers => options.Nodes().Max(one => one.Number) + 1;

    bool Fill(Func<bool> isFull)
    {
        var any = false;
        while (!isFull() && (peeked ?? (reader.Items.TryRead(out var next) ? next : null)) is { } item)
        {
            peeked = null;
            if (item is TransactionBegan began && !Begin(began))
            {
                peeked = item;
                return any;
            }

            any = true;
            Take(item);
            reader.Release(item);
        }

        return any;
    }

    void Take(OriginItem item)
    {
        switch (item)
        {
            case RecordedChange recorded:
                Take(recorded.Read());
                break;
            case TransactionEnded:
                batch.End();
                break;
            case Progressed progress:
                trailing = progress;
                leftOut = progress is { IsLeftOut: true, Passed: { } passed }
                    ? new TransactionPosition(progress.Record.Epoch, passed.CommitLsn)
                    : leftOut;
                break;
        }
    }

    void Take(IncomingChange change)
    {
        if (session.Folded.Find(change.Relation) is { } table)
        {
            batch.Add(FoldedTables.Change(table, change));
            return;
        }

        if (isSelf && change.Op is not ('d' or 't') && batch.Open!.Value.Transaction.CommitLsn < versionsBefore)
        {
            batch.Add(session.Tables.Target(change).AsOwn('v'));
        }

        if (!isSelf || change.Op is 'd' or 't' || batch.Open!.Value.Transaction is { IsLifted: true } or { Rewrites: true })
        {
            var target = session.Tables.Target(change);
            batch.Add(isSelf ? target.AsOwn(target.Op == 'c' ? 'u' : target.Op) : target);
        }

        if (isSelf && session.Tables.Released(change) is { } released)
        {
            batch.Add(released);
        }

        foreach (var noted in session.Tables.Referenced(change))
        {
            batch.Add(noted);
        }
    }

    bool Begin(TransactionBegan began)
    {
        var isAlone = began.Transaction.Extents.Any(extent => withHistory.Contains(extent.Topic));
        if (batch.IsEmpty)
        {
            batch = new Batch(NodeNumbers) { IsAlone = isAlone };
        }
        else if (isAlone || !batch.Fits(began.Record.Epoch))
        {
            return false;
        }

        trailing = null; // the transaction's own record says as much and more
        var entry = new Batch.Entry(began.Record, began.Transaction, began.SpineOffset, Stopwatch.GetTimestamp());
        knowledge.Note(node.Number, began.Transaction);
        batch.Begin(entry);
        return true;
    }

    async Task ApplyWholeAsync(CancellationToken ct)
    {
        var call = next ?? new BatchCall(batch, 0);
        next = null;
        using var turn = await TurnAsync(call.Writes, ct);
        var forced = batch.Arrived(Stopwatch.GetTimestamp() - (long)(options.MaxWait.TotalSeconds * Stopwatch.Frequency));
        var sent = batch.Whole.Count;
        var applying = session.ApplyAsync(written.Position, call, KnownAt(batch.Whole), forced, IsFresh, ct);
        BatchCall? following = null;
        BatchResult result;
        try
        {
            if (batch.Width == NodeNumbers && !cautions.IsOneByOne(node.Number, Held.Position))
            {
                Fill(() => batch.IsFullTwice);
                following = batch.IsFullTwice && batch.Whole.Count > sent ? new BatchCall(batch, sent) : null;
            }
        }
        finally
        {
            result = await applying;
        }

        if (result.Done > 0)
        {
            var last = batch.Whole[result.Done - 1];
            foreach (var entry in batch.Whole.Take(result.Done))
            {
                inputs.Applied(node.Number, entry.Transaction, entry.SpineOffset, IsRecordsLast(entry.Record, entry.Transaction));
            }

            var flushed = result.Done == sent;
            next = flushed ? following : null;
            batch.RemoveFirst(result.Done);
            Reached(last, flushed);
        }

        (Waits, keyTakenAt) = (result.Waits, result.IsKeyTaken ? Stopwatch.GetTimestamp() : keyTakenAt);
    }

    /// <summary>
    /// One that goes its own way: larger than a batch, piece by piece as its records come, and nothing else is applied
    /// meanwhile; or of tables whose rules need a row's history.
    /// </summary>
    async Task ApplyAloneAsync(Batch.Entry entry, CancellationToken ct)
    {
        using var turn = await TurnAsync(batch.Open is null ? batch.Writes(0) : WriteSet.Everything, ct);
        var mayCopy = !isSelf && cautions.MayCopy(node.Number, entry.Position);
        var large = await session.BeginAsync(entry, mayCopy, ct);
        try
        {
            await ApplyAsync(large, entry, ct);
        }
        catch (PostgresException failure) when (large.HasCopied)
        {
            cautions.NoteCopyFailed(node.Number, entry.Position);
            throw new CopyFailedException(node.Name, entry.Position, failure);
        }

        inputs.Applied(node.Number, entry.Transaction, entry.SpineOffset, IsRecordsLast(entry.Record, entry.Transaction));
        batch = new Batch(batch.Width);
        Reached(entry, flushed: true);
    }

    async Task ApplyAsync(LargeTransaction large, Batch.Entry entry, CancellationToken ct)
    {
        var knownAt = KnownAt([entry]);
        while (true)
        {
            var ended = batch.Open is null;
            await large.ChooseAsync(batch, ct);
            var applying = large.ApplyAsync(batch, knownAt, ct);
            batch.RemoveChanges();
            try
            {
                await FillLargeAsync(ct);
            }
            finally
            {
                await applying;
            }

            if (ended)
            {
                break;
            }
        }

        var reached = new HeldPosition(entry.Position, entry.Transaction.VersionTick, entry.SpineOffset);
        await session.CommitAsync(large, written.Position, reached, ct);
    }

    async Task<DependencyTracker.Turn> TurnAsync(WriteSet writes, CancellationToken ct)
    {
        var turn = tracker.Ask(writes);
        try
        {
            await turn.Granted.WaitAsync(ct);
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    async Task FillLargeAsync(CancellationToken ct)
    {
        while (!batch.IsFull && batch.Open is not null)
        {
            if (!reader.Items.TryRead(out var item))
            {
                if (!await reader.Items.WaitToReadAsync(ct))
                {
                    throw new OperationCanceledException(ct);
                }

                continue;
            }

            Take(item);
            reader.Release(item);
        }
    }

    static bool IsRecordsLast(SpineRecord record, SpineTransaction transaction) =>
        record.Transactions[^1].CommitLsn == transaction.CommitLsn;

    /// <summary>Asked when it is applied, not when it is read: by then other lanes may have applied who knew it already.</summary>
    long[] KnownAt(IEnumerable<Batch.Entry> entries) =>
        [.. entries.SelectMany(entry => knowledge.KnownAt(node.Number, entry.Position, batch.Width, options.NodeNumber))];

    void Reached(Batch.Entry entry, bool flushed)
    {
        Held = written = new HeldPosition(entry.Position, entry.Transaction.VersionTick, entry.SpineOffset);
        cluster.Note(node.Number, Held.Position);
        CommitTime = entry.Transaction.CommitTime;
        var isRecordsLast = IsRecordsLast(entry.Record, entry.Transaction);
        if (isRecordsLast)
        {
            Promised(entry.Record);
        }

        if (flushed)
        {
            AdvanceSelf(entry.Record, isRecordsLast ? entry.Record.DecodedLsn : entry.Transaction.CommitLsn);
        }
    }

    /// <summary>All of the record is applied.</summary>
    void Promised(SpineRecord record)
    {
        Volatile.Write(ref watermark, Math.Max(watermark, record.Watermark));
        cluster.Note(node.Number, record);
    }

    /// <summary>Everything before it is applied, and (of this node itself) flushed.</summary>
    void Pass(Progressed progress)
    {
        trailing = null;
        var isRecordsLast = progress.Passed is null || IsRecordsLast(progress.Record, progress.Passed);
        if (isRecordsLast)
        {
            Promised(progress.Record);
        }

        inputs.Applied(node.Number, null, progress.SpineOffset, isRecordsLast);
        Held = progress.Passed is { } passed
            ? new HeldPosition(new TransactionPosition(progress.Record.Epoch, passed.CommitLsn), passed.VersionTick, progress.SpineOffset)
            : Held with { SpineOffset = progress.SpineOffset };
        cluster.Note(node.Number, Held.Position);
        AdvanceSelf(progress.Record, isRecordsLast ? progress.Record.DecodedLsn : progress.Passed!.CommitLsn);
    }

    void AdvanceSelf(SpineRecord record, Lsn lsn)
    {
        if (isSelf && record.Epoch >= session.NodeEpoch)
        {
            self.Advance(lsn);
        }
    }

    /// <summary>Written now and then only, so that an idle node doesn't feed itself.</summary>
    async Task WritePassedAsync(CancellationToken ct)
    {
        var every = Held.Position != written.Position ? Limits.SelfPositionEvery : Limits.IdlePositionEvery;
        if (batch.IsEmpty && Held != written && (leftOut is not null || Stopwatch.GetElapsedTime(passedAt) >= every))
        {
            await session.PassAsync(written.Position, Held, ct);
            written = Held;
            passedAt = Stopwatch.GetTimestamp();
        }

        if (leftOut is { } position && written.Position >= position)
        {
            await session.NoteLeftOutAsync(position, ct);
            leftOut = null;
        }
    }
}
