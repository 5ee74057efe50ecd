using System.Text;
using System.Threading.Channels;
using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Capture.Publishing;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Reads the stream to its end: decodes, assigns versions in commit order, hands changes to the publisher, and turns
/// clock readings into heartbeats where decoding has passed them. All in one task, so in-order needs no locks.
/// </summary>
sealed class WalReader
{
    readonly SessionStart start;
    readonly VersionAssigner versions;
    readonly SourceCatalog catalog;
    readonly RelationCache relations;
    readonly TransactionPublisher publisher;
    readonly SpineWriter spine;
    readonly Signal acknowledged;
    readonly ChannelReader<ClockReading> clock;
    readonly ClockGuard guard;
    readonly OtherOrigins others;
    readonly CaptureOptions options;
    readonly CaptureProgress progress;
    readonly Func<Lsn, Task<(WalStream Wal, Task<bool> FirstRead)>> leaveOut;
    readonly AppliedMarks marks;
    readonly string? markKey;
    readonly PgOutputReader reader = new();
    readonly Pace pace = new(Limits.Wakes, Limits.PaceWindow);
    readonly Gathering gathering = new(TimeProvider.System);
    readonly TransactionFramer framer;
    readonly SortedDictionary<int, Knowledge> vector = [];
    readonly Queue<ClockReading> waiting = [];
    WalStream stream;
    IReadOnlyList<Knowledge> vectorNow;
    IReadOnlyList<Knowledge> positions = []; // the position rows as last read
    Knowledge? own; // how far the node has applied itself
    PendingTransaction? pending;
    Task? nextReading;
    Lsn decoded; // the end of the last commit, or what a heartbeat said, never lower
    HeartbeatEntry? lastWithOrigins; // once it is in the spine, what has an origin need not be read any more
    bool skip;

    public WalReader(
        CaptureOptions options, WalStream stream, SessionStart start, VersionAssigner versions, SessionParts parts,
        CaptureProgress progress)
    {
        this.options = options;
        this.stream = stream;
        this.start = start;
        this.versions = versions;
        this.progress = progress;
        decoded = start.Published;
        (catalog, relations) = (parts.Catalog, parts.Relations);
        publisher = parts.Publisher;
        spine = parts.Spine;
        acknowledged = parts.Acknowledged;
        clock = parts.Clock;
        (guard, others) = (parts.Guard, parts.Others);
        (leaveOut, markKey) = (parts.LeaveOut, parts.MarkKey);
        marks = new AppliedMarks(options.NodeNumber, parts.AppliedBefore);
        framer = new TransactionFramer(relations.Get);
        foreach (var knowledge in parts.AppliedBefore)
        {
            vector[knowledge.Node] = knowledge;
        }

        vector.Remove(options.NodeNumber);
        vectorNow = [.. vector.Values];
    }

    /// <param name="firstRead">The read that took the slot.</param>
    public async Task RunAsync(Task<bool> firstRead, CancellationToken ct)
    {
        var reading = firstRead;
        while (true)
        {
            while (!reading.IsCompleted)
            {
                await BeatAsync(ct);
                if (lastWithOrigins is not null)
                {
                    break;
                }

                await (gathering.IsDue ? gathering.NextAsync(ct) : pace.NextAsync(ct));
                stream.Listen();
                await Task.WhenAny(reading, Idle(ct));
                stream.Gather();
                ct.ThrowIfCancellationRequested();
            }

            if (lastWithOrigins is { } last)
            {
                await last.Acknowledged.WaitAsync(ct);
                (stream, reading) = await leaveOut(decoded); // what may be under way comes again
                lastWithOrigins = null;
                continue;
            }

            if (!await reading)
            {
                throw new IOException("The server ended the replication stream.");
            }

            gathering.Read(stream.Message.Length);
            if (framer.Passes(stream.Message.Span))
            {
                reading = stream.ReadAsync();
                continue;
            }

            var message = reader.Read(stream.Message);
            if (message is RelationMessage relation)
            {
                await relations.AcceptAsync(relation, ct);
            }
            else if (message is LogicalMessage { Transactional: false, Prefix: AppliedMark.Prefix } mark)
            {
                Accept(AppliedMark.Parse(Encoding.ASCII.GetString(mark.Content.Span), markKey, mark.Lsn));
            }

            await AcceptAsync(message, ct);
            if (framer.Open is null)
            {
                await BeatAsync(ct);
            }

            reading = stream.ReadAsync();
        }
    }

    async ValueTask AcceptAsync(PgOutputMessage message, CancellationToken ct)
    {
        var changes = framer.Accept(message);
        if (message is BeginMessage begin)
        {
            skip = start.IsPublished(begin.CommitLsn);
        }
        else if (message is CommitMessage commit)
        {
            Commit(commit);
        }
        else if (!skip)
        {
            for (var i = 0; i < changes.Count; i++)
            {
                await PublishAsync(changes[i], ct);
            }
        }
    }

    async ValueTask PublishAsync(Change change, CancellationToken ct)
    {
        if (await publisher.TableAsync(change, ct) is not { } table)
        {
            return;
        }

        if (pending is null)
        {
            // Everything that committed earlier is noted by now; the origin's message, which comes first, was not ours.
            var begin = framer.Open!;
            await guard.WaitAsync(begin.CommitTime, ct);
            await SettleMarksAsync(ct);
            pending = new PendingTransaction(begin, versions.Assign(begin.CommitTime), vectorNow, marks.Oldest, gathering.IsBusy);
            await spine.EnqueueAsync(pending, ct);
        }

        await publisher.PublishAsync(pending, table, change, stream.MessageLsn, ct);
    }

    void Commit(CommitMessage commit)
    {
        gathering.Committed();
        if (pending is not null)
        {
            if (framer.Rewrites)
            {
                pending.MarkRewrites();
            }

            others.LookAhead(commit.EndLsn);
            if (pending.Ended(commit.EndLsn))
            {
                acknowledged.Set();
            }

            pending = null;
        }

        foreach (var knowledge in framer.Applied)
        {
            marks.Committed(knowledge);
            Note(knowledge);
        }

        NoteDecoded(commit.EndLsn);
    }

    void Accept(AppliedMark? mark)
    {
        if (mark is not null)
        {
            Note(marks.Accept(mark, complete: stream.OwnOnly));
            NoteDecoded(mark.At); // a stream that begins anew behind it does not send it once more
        }
    }

    void Note(Knowledge? applied)
    {
        if (applied is not { } knowledge)
        {
            return;
        }

        if (knowledge.Node == options.NodeNumber)
        {
            own = knowledge;
            return;
        }

        versions.NoteApplied(knowledge.Tick);
        if (!vector.TryGetValue(knowledge.Node, out var known) || knowledge.Position > known.Position)
        {
            vector[knowledge.Node] = knowledge;
            vectorNow = [.. vector.Values];
        }
    }

    /// <summary>
    /// Asks what became of the transactions whose marks are open. One that is not visible yet was not when what is at hand
    /// committed, and shares no row with it.
    /// </summary>
    async ValueTask SettleMarksAsync(CancellationToken ct)
    {
        CloseMarks();
        if (marks.Open.Count == 0)
        {
            return;
        }

        positions = await catalog.PositionsAsync(ct); // as of now: they cover marks that are still to be read
        CloseMarks();
        if (marks.Open.Count == 0)
        {
            return;
        }

        var open = marks.Open.ToArray();
        var fates = await catalog.FatesAsync([.. open.Select(mark => mark.Xid)], ct);
        for (var i = 0; i < open.Length; i++)
        {
            if (fates[i] == TransactionFate.Committed)
            {
                marks.Committed(open[i].Applied);
                Note(open[i].Applied);
            }
            else if (fates[i] == TransactionFate.RolledBack)
            {
                marks.RolledBack(open[i]);
            }
        }
    }

    void CloseMarks()
    {
        foreach (var applied in marks.Close(positions))
        {
            Note(applied);
        }
    }

    void NoteDecoded(Lsn lsn)
    {
        decoded = lsn > decoded ? lsn : decoded;
        progress.Decoded = decoded;
    }

    /// <summary>
    /// Something to wait for beside the next message: the next clock reading, or, while one waits for a keepalive, a
    /// short while.
    /// </summary>
    Task Idle(CancellationToken ct) =>
        waiting.Count > 0 ? Task.Delay(Limits.KeepaliveLook, ct)
            : nextReading is { IsCompleted: false } ? nextReading
            : nextReading = clock.WaitToReadAsync(ct).AsTask();

    /// <summary>
    /// Publishes the newest clock reading that decoding has passed. Never inside a transaction: its version is assigned
    /// already and may lie below the promise; and only outside does the received position mean decoded.
    /// </summary>
    async ValueTask BeatAsync(CancellationToken ct)
    {
        while (clock.TryRead(out var reading))
        {
            waiting.Enqueue(reading);
        }

        if (waiting.Count == 0 || framer.Open is not null)
        {
            return;
        }

        ClockReading? passed = null;
        var received = stream.Received;
        while (waiting.TryPeek(out var oldest) && oldest.WalEnd <= received)
        {
            passed = waiting.Dequeue();
        }

        if (passed is null)
        {
            return;
        }

        var promise = guard.Holds(passed.Tick * Tick.Microseconds)
            ? versions.Watermark
            : versions.Promise(passed.Tick - ((long)options.WatermarkSlack.TotalMicroseconds / Tick.Microseconds));
        // Transactions behind the reading's place may be in the spine already: what it says was decoded never goes back.
        NoteDecoded(passed.WalEnd);
        await SettleMarksAsync(ct);
        var entry = new HeartbeatEntry(
            decoded, promise, own is { } self ? [.. vectorNow, self] : vectorNow,
            marks.Oldest is { } mark && mark < decoded ? mark : decoded);
        await spine.EnqueueAsync(entry, ct);
        lastWithOrigins = stream.MayLeaveOut && markKey is not null && !stream.OwnOnly && !passed.HasOthers ? entry : null;
    }
}
