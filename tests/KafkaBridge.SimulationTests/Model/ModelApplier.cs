using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Changes.Membership;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// Apply: takes the spines in order, one origin at any pace, its own included, decides by the real
/// <see cref="LastUpdateWins"/>; the rows, what is stored beside them and the position row are one transaction of its table.
/// </summary>
partial class ModelApplier(int number, ModelServer server, IReadOnlyList<ModelCapture> captures, Mutant mutant)
{
    readonly int[] cursors = new int[captures.Count];
    readonly KnowledgeVector?[] latest = new KnowledgeVector?[captures.Count];
    Watermarks watermarks = new(Enumerable.Range(0, captures.Count));
    readonly ModelMembers? members;
    NodeCopy? copy;

    protected int Number => number;
    protected ModelServer Server => server;
    protected IReadOnlyList<ModelCapture> Captures => captures;
    protected Mutant Mutant => mutant;
    protected long LeastPromise => watermarks.Least;

    /// <summary>Who counts when something is collected or forgotten.</summary>
    protected IEnumerable<int> Counted => watermarks.Origins;

    /// <summary>Null: every node is one from the beginning.</summary>
    public ModelMembers? Members
    {
        get => members;
        init => (members, watermarks) = (value, new Watermarks(value!.First));
    }

    /// <summary>Of a node that joins, until users may write on it.</summary>
    public Admission? Admission { get; private set; }

    public ModelTable Table { get; } = new(number, server, mutant);

    /// <summary>What went wrong inside; null: nothing.</summary>
    public string? Fault { get; protected set; }

    public int Conflicts { get; private set; }

    /// <summary>The highest tick that this node ever collected to; a restart forgets the promises, not what went by them.</summary>
    public long Horizon { get; private set; }

    /// <summary>Goes on from other places of the logs, the server having been put there too.</summary>
    public void GoTo(ReadOnlySpan<int> places) => places.CopyTo(cursors);

    /// <summary>The database is a copy.</summary>
    public void Begin(NodeCopy made, Admission admission)
    {
        (copy, Admission, Horizon) = (made, admission, made.Horizon);
        RestartAfterCrash();
    }

    /// <summary>Counts the nodes that it has read of.</summary>
    public void ReadNodes()
    {
        foreach (var node in Members!.Read(number))
        {
            if (mutant != Mutant.JoinerNotCounted)
            {
                watermarks.Join(node);
            }
        }
    }

    public bool Deliver(int origin)
    {
        if (Members?.Knows(number, origin) == false || server.Data.IsUntracked || (origin != number && NotesVersions())
            || cursors[origin] >= captures[origin].Spine.Count)
        {
            return false;
        }

        var entry = captures[origin].Spine[cursors[origin]];
        if (entry.IsEnd && mutant != Mutant.AcceptedAfterTheEnd)
        {
            End(origin); // and stays there: after a restart it is read again
            return false;
        }

        var transaction = entry.Transaction is { } next && IsDue(next) ? next : null;
        if (transaction is not null && MustWait(transaction))
        {
            return false;
        }

        cursors[origin]++;
        if (transaction is not null)
        {
            ApplyOrPass(transaction);
        }

        NoteApplied(origin, entry);
        var decoded = mutant == Mutant.CopyOfLostStands && copy is not null ? copy.At : entry.Decoded;
        Admission?.Read(origin, decoded, entry.MembersRead, entry.Watermark, entry.Applied);
        watermarks.Note(origin, mutant == Mutant.CollectionByCommitTime ? entry.Transaction?.Tick ?? entry.Watermark : entry.Watermark);
        return true;
    }

    /// <summary>Reading again from somewhat before is harmless: the position row says what is applied.</summary>
    public void Restart(int origin, int back)
    {
        cursors[origin] = Math.Max(0, cursors[origin] - back);
        ForgetPromises();
    }

    public void RestartAfterCrash()
    {
        for (var origin = 0; origin < cursors.Length; origin++)
        {
            if (mutant != Mutant.SelfApplyNotRepeated || origin != number)
            {
                cursors[origin] = server.Data.Positions[origin].SpineOffset;
            }
        }

        nextMark = null;
        ForgetPromises();
    }

    /// <summary>Before a node that failed over or was restored writes: its own log to the end, and all that this names.</summary>
    public void ReadOwnTail()
    {
        var spine = captures[number].Spine;
        cursors[number] = mutant == Mutant.TailNotRead ? spine.Count : cursors[number];
        while (cursors[number] < spine.Count)
        {
            if (!Deliver(number) && !DeliverOthers(until: null))
            {
                Fault ??= $"node {number} waits for ever when it reads its own log";
                return;
            }
        }

        while (mutant is not (Mutant.TailNotRead or Mutant.TailReadWithoutItsVector)
            && spine is [.., var end] && DeliverOthers(end.Applied))
        {
        }
    }

    /// <returns>Whether anything came.</returns>
    bool DeliverOthers(IReadOnlyList<Knowledge>? until)
    {
        var moved = false;
        for (var origin = 0; origin < captures.Count; origin++)
        {
            var isWanted = origin != number
                && (until is null || until.Any(known => known.Node == origin && server.Data.Positions[origin].Position < known.Position));
            moved |= isWanted && Deliver(origin);
        }

        return moved;
    }

    protected virtual void ForgetPromises()
    {
        watermarks = new Watermarks(mutant == Mutant.MembersForgottenAtRestart ? Members!.First : Members?.All ?? Counted);
        Admission = Admission?.Again();
    }

    void End(int origin)
    {
        Admission?.End(origin);
        if (mutant != Mutant.RemovedStillCounted)
        {
            watermarks.End(origin);
        }
    }

    /// <summary>Nothing of a transaction that is settled in the copy this node was made from.</summary>
    void ApplyOrPass(PublishedTransaction transaction)
    {
        if (copy?.HasSettled(transaction.Writer, transaction.Position, transaction.Tick) == true && mutant != Mutant.SettledTakenAgain)
        {
            server.Data.Positions[transaction.Writer] = PositionAfter(transaction);
            server.CommitApplied(server.TakeXid(), Tick.CommitTime(transaction.Tick, transaction.CommitTime), transaction.Writer);
        }
        else
        {
            Apply(transaction);
        }
    }

    /// <summary>The copy that this node was made from has it; the source applies such a transaction to itself, so does this node.</summary>
    protected bool IsInCopy(PublishedTransaction transaction) => copy?.Holds(transaction.Writer, transaction.Position) == true;

    /// <summary>Whether something that the transaction's writer had applied is not applied here.</summary>
    protected virtual bool MustWait(PublishedTransaction transaction) => false;

    /// <summary>All of the origin's log up to this entry is applied here.</summary>
    protected virtual void NoteApplied(int origin, SpineEntry entry)
    {
    }

    /// <summary>Drops what no change still to come can meet.</summary>
    public virtual void Collect()
    {
        var data = server.Data;
        if (data.IsUntracked || NotesVersions())
        {
            return;
        }

        if (mutant == Mutant.RemovedNotAwaited)
        {
            EndReadAhead();
        }

        Horizon = Math.Max(Horizon, watermarks.Least);
        data.Horizon = Math.Max(data.Horizon, watermarks.Least);
        for (var key = 0; key < data.Rows.Length; key++)
        {
            data.Tombstones[key] = data.Tombstones[key] is { } tombstone && MayCollect(tombstone.Version) ? null : data.Tombstones[key];
        }

        data.TableTombstone = data.TableTombstone is { } grave && MayCollect(grave.Version) ? null : data.TableTombstone;
        Table.Collect(MayCollect);
        if (data.Rewrite is { } rewrite && data.Hidden.All(row => row is null) && IsOwnLogApplied(rewrite.At)
            && MayCollect(new RowVersion(Tick.FromUnixMicroseconds(rewrite.CommitTime), number)))
        {
            data.Rewrite = null;
        }

        MoveMark();
    }

    /// <summary>Nothing of this node's own that committed before that place is still to come.</summary>
    bool IsOwnLogApplied(Lsn place) =>
        server.Data.Positions[number].Position.CommitLsn >= place
        || (!captures[number].IsBehind && cursors[number] == captures[number].Spine.Count);

    protected void EndReadAhead()
    {
        foreach (var origin in Counted.Where(origin => captures[origin].Spine.Any(entry => entry.IsEnd)).ToList())
        {
            watermarks.End(origin);
        }
    }

    bool MayCollect(RowVersion version)
    {
        switch (mutant)
        {
            case Mutant.TombstonesDroppedEarly:
                return true;
            case Mutant.CollectionWithoutSelf:
                watermarks.Note(number, long.MaxValue);
                return watermarks.MayCollect(version);
            case Mutant.PromiseReadAhead:
                for (var origin = 0; origin < captures.Count; origin++)
                {
                    watermarks.Note(origin, captures[origin].Spine is [.., var end] ? end.Watermark : 0);
                }

                return watermarks.MayCollect(version);
            default:
                return watermarks.MayCollect(version);
        }
    }

    bool IsDue(PublishedTransaction transaction)
    {
        var applied = server.Data.Positions[transaction.Writer].Position;
        if (mutant != Mutant.DedupeSkipped && transaction.Position <= applied)
        {
            return false;
        }

        return transaction.Writer != number || IsLost(transaction) || IsBeforeLoss(transaction) || mutant switch
        {
            Mutant.SelfApplyLeftOut => false,
            Mutant.LiftedNotSelfApplied => transaction.Changes.Any(change => change.Removes),
            _ => transaction.SelfApply,
        };
    }

    /// <summary>An own transaction that the standby did not have when it took over: it comes back like another node's.</summary>
    bool IsLost(PublishedTransaction transaction) =>
        transaction.Writer == number && !server.Has(transaction.Position);

    protected virtual void Apply(PublishedTransaction transaction)
    {
        latest[transaction.Writer] = new KnowledgeVector(transaction.Writer, transaction.Vector);
        Table.Begin(transaction);
        foreach (var change in transaction.Changes)
        {
            var stamp = StampOf(transaction, change);
            var isSelf = transaction.Writer == number && !IsLost(transaction);
            var incoming = new IncomingChange(
                change.Operation, stamp, isSelf,
                transaction.IsLifted || (transaction.Rewrites && mutant != Mutant.RewriterNotSelfApplied));
            if (change.Operation == IncomingOperation.Truncate)
            {
                ApplyTruncate(incoming, change, transaction);
            }
            else
            {
                Table.Do(incoming, change, change.Key, Decide(incoming, change.Key, transaction));
                if (isSelf && incoming.IsUpsert && IsBeforeLoss(transaction) && mutant != Mutant.LostNotNoted)
                {
                    Table.NoteVersion(change.Key, stamp, transaction);
                }
            }

            if (incoming.IsSelf || (IsInCopy(transaction) && mutant != Mutant.ReleaseInCopyNotSettled))
            {
                Table.NoteReleased(change);
            }
        }

        Table.Commit(PositionAfter(transaction));
    }

    protected AppliedPosition PositionAfter(PublishedTransaction transaction) =>
        new(transaction.Position, transaction.Tick, cursors[transaction.Writer]);

    void ApplyTruncate(in IncomingChange incoming, in LoggedChange change, PublishedTransaction transaction)
    {
        var data = server.Data;
        for (var key = 0; key < data.Rows.Length; key++)
        {
            if (data.Rows[key] is not null || (data.Hidden[key] is not null && mutant != Mutant.TruncateSparesHidden))
            {
                Table.Do(incoming, change, key, Decide(incoming, key, transaction));
            }
        }

        var standing = mutant == Mutant.TableTombstoneFalls ? null : data.TableTombstone;
        data.TableTombstone = LastUpdateWins.Raise(standing, incoming.Stamp);
    }

    Resolution Decide(in IncomingChange incoming, int key, PublishedTransaction transaction)
    {
        if (Table.IsUnknown(key, transaction) && !(incoming is { IsSelf: true, IsUpsert: true, IsLifted: false }))
        {
            Undecided.Add(key);
            Conflicts++;
            return new Resolution(
                ResolvedAction.KeepLocal,
                incoming.Operation == IncomingOperation.Delete ? LastUpdateWins.Raise(server.Data.Tombstones[key], incoming.Stamp) : null,
                RemoveTombstone: false, WriteOverride: null, ConflictKind.VersionUnknown, IsConflict: true);
        }

        var versions = new LocalVersions(server.Data.Tombstones[key], server.Data.TableTombstone, false, false);
        var row = Table.WinnerOf(key, transaction);
        var decides = row?.Version ?? versions.Grave?.Version ?? RowVersion.Oldest;
        var position = row is null ? versions.Grave?.Position.Transaction : null;
        var localKnew = decides.Writer >= 0 && decides.Writer != number && decides.Writer != transaction.Writer
            && latest[decides.Writer] is { } of && of.Knows(incoming.Stamp.Version, transaction.Position);
        var resolution = LastUpdateWins.Resolve(
            incoming,
            row,
            versions with { ChangeKnewLocal = latest[transaction.Writer]!.Knows(decides, position), LocalKnewChange = localKnew },
            ConflictRule.LastUpdateWins);
        Conflicts += resolution.IsConflict ? 1 : 0;
        return resolution;
    }

    Stamp StampOf(PublishedTransaction transaction, LoggedChange change)
    {
        var stamp = transaction.StampOf(change);
        return mutant == Mutant.PositionsIgnored ? stamp with { Position = default } : stamp;
    }
}
