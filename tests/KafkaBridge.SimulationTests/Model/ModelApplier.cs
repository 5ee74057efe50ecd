using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// Apply: takes the spines in order, one origin at any pace, its own included, decides by the real
/// <see cref="LastUpdateWins"/>, writes rows, tombstones, overrides and the position row in one transaction.
/// </summary>
sealed class ModelApplier(int number, ModelServer server, IReadOnlyList<ModelCapture> captures, Mutant mutant)
{
    readonly int[] cursors = new int[captures.Count];
    readonly KnowledgeVector?[] latest = new KnowledgeVector?[captures.Count];
    Watermarks watermarks = new(Enumerable.Range(0, captures.Count));

    public int Conflicts { get; private set; }

    /// <summary>The highest tick that this node ever collected to; a restart forgets the promises, not what went by them.</summary>
    public long Horizon { get; private set; }

    public bool Deliver(int origin)
    {
        if (cursors[origin] >= captures[origin].Spine.Count)
        {
            return false;
        }

        var entry = captures[origin].Spine[cursors[origin]++];
        if (entry.Transaction is { } transaction && IsDue(transaction))
        {
            Apply(transaction);
        }

        watermarks.Note(origin, mutant == Mutant.CollectionByCommitTime ? entry.Transaction?.Tick ?? entry.Watermark : entry.Watermark);
        return true;
    }

    /// <summary>Reading again from somewhat before is harmless: the position row says what is applied.</summary>
    public void Restart(int origin, int back)
    {
        cursors[origin] = Math.Max(0, cursors[origin] - back);
        watermarks = new Watermarks(Enumerable.Range(0, captures.Count));
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

        watermarks = new Watermarks(Enumerable.Range(0, captures.Count));
    }

    /// <summary>Drops what no change still to come can meet.</summary>
    public void Collect()
    {
        var data = server.Data;
        Horizon = Math.Max(Horizon, watermarks.Least);
        for (var key = 0; key < data.Rows.Length; key++)
        {
            if (data.Tombstones[key] is { } tombstone && MayCollect(tombstone))
            {
                data.Tombstones[key] = null;
            }

            if (data.Overrides[key] is { } noted && MayCollect(noted.Stamp))
            {
                data.Overrides[key] = null;
            }
        }

        if (data.TableTombstone is { } table && MayCollect(table))
        {
            data.TableTombstone = null;
        }
    }

    public RowVersion VersionOf(int key)
    {
        var row = server.Data.Rows[key]!.Value;
        return mutant != Mutant.OverridesIgnored && server.Data.Overrides[key] is { } noted && noted.Xmin == row.Xmin
            ? noted.Stamp.Version
            : new RowVersion(Tick.FromUnixMicroseconds(row.CommitTime), mutant == Mutant.TieByApplyingNode ? number : row.Origin ?? number);
    }

    bool MayCollect(Stamp stamp)
    {
        switch (mutant)
        {
            case Mutant.TombstonesDroppedEarly:
                return true;
            case Mutant.CollectionWithoutSelf:
                watermarks.Note(number, long.MaxValue);
                return watermarks.MayCollect(stamp);
            case Mutant.PromiseReadAhead:
                for (var origin = 0; origin < captures.Count; origin++)
                {
                    watermarks.Note(origin, captures[origin].Spine is [.., var end] ? end.Watermark : 0);
                }

                return watermarks.MayCollect(stamp);
            default:
                return watermarks.MayCollect(stamp);
        }
    }

    bool IsDue(PublishedTransaction transaction)
    {
        var applied = server.Data.Positions[transaction.Writer].Position;
        if (mutant != Mutant.DedupeSkipped && transaction.Position <= applied)
        {
            return false;
        }

        return transaction.Writer != number || mutant switch
        {
            Mutant.SelfApplyLeftOut => false,
            Mutant.LiftedNotSelfApplied => transaction.Changes.Any(
                change => change.Operation is IncomingOperation.Delete or IncomingOperation.Truncate),
            _ => transaction.SelfApply,
        };
    }

    void Apply(PublishedTransaction transaction)
    {
        var data = server.Data;
        var xid = server.TakeXid();
        var commitTime = Tick.CommitTime(transaction.Tick, transaction.CommitTime);
        latest[transaction.Writer] = new KnowledgeVector(transaction.Writer, transaction.Vector);
        foreach (var change in transaction.Changes)
        {
            var incoming = new IncomingChange(
                change.Operation, StampOf(transaction, change), transaction.Writer == number, transaction.IsLifted);
            if (change.Operation == IncomingOperation.Truncate)
            {
                ApplyTruncate(incoming, transaction);
            }
            else
            {
                Do(
                    incoming,
                    Decide(incoming, change.Key, transaction),
                    change.Key,
                    incoming.IsUpsert ? new(change.Value, xid, xid, commitTime, transaction.Writer) : null);
            }
        }

        data.Positions[transaction.Writer] = new AppliedPosition(transaction.Position, transaction.Tick, cursors[transaction.Writer]);
        server.CommitApplied(xid, commitTime, transaction.Writer);
    }

    void ApplyTruncate(in IncomingChange incoming, PublishedTransaction transaction)
    {
        var data = server.Data;
        for (var key = 0; key < data.Rows.Length; key++)
        {
            if (data.Rows[key] is not null)
            {
                Do(incoming, Decide(incoming, key, transaction), key, image: null);
            }
        }

        data.TableTombstone = mutant == Mutant.TableTombstoneFalls
            ? incoming.Stamp
            : LastUpdateWins.Raise(data.TableTombstone, incoming.Stamp);
    }

    Resolution Decide(in IncomingChange incoming, int key, PublishedTransaction transaction)
    {
        var data = server.Data;
        LocalRow? local = null;
        var deciding = Nullable.Compare(data.Tombstones[key], data.TableTombstone) >= 0 ? data.Tombstones[key] : data.TableTombstone;
        var version = deciding?.Version ?? RowVersion.Oldest;
        if (data.Rows[key] is { } row)
        {
            version = VersionOf(key);
            deciding = null;
            var isRaw = row.Origin is null && mutant != Mutant.RawLocalRowsTouched;
            local = new LocalRow(
                version, isRaw,
                isRaw && (mutant == Mutant.OwnRowByTransactionId ? row.Xmin == transaction.Xid : row.CommitTime == transaction.CommitTime));
        }

        var changeKnew = new KnowledgeVector(transaction.Writer, transaction.Vector).Knows(version, deciding?.Position.Transaction);
        var localKnew = version.Writer >= 0 && version.Writer != number && version.Writer != transaction.Writer
            && latest[version.Writer] is { } of && of.Knows(incoming.Stamp.Version, transaction.Position);
        return LastUpdateWins.Resolve(
            incoming, local, new LocalVersions(data.Tombstones[key], data.TableTombstone, changeKnew, localKnew),
            ConflictRule.LastUpdateWins);
    }

    void Do(in IncomingChange incoming, in Resolution resolution, int key, ModelRow? image)
    {
        var data = server.Data;
        Conflicts += resolution.IsConflict ? 1 : 0;
        if (resolution.Action == ResolvedAction.ApplyIncoming
            && !(mutant == Mutant.MissingUpdateDropped && resolution.Kind == ConflictKind.UpdateMissing))
        {
            data.Rows[key] = image;
        }

        if (resolution.WriteTombstone is { } tombstone && mutant != Mutant.NoTombstones)
        {
            data.Tombstones[key] = tombstone;
        }

        if (mutant == Mutant.TombstoneFalls && incoming.Operation == IncomingOperation.Delete && data.Rows[key] is null)
        {
            data.Tombstones[key] = incoming.Stamp;
        }

        if (resolution.RemoveTombstone)
        {
            data.Tombstones[key] = null;
        }

        if (resolution.WriteOverride is { } version)
        {
            data.Overrides[key] = new ModelOverride(data.Rows[key]!.Value.Xmin, version);
        }
    }

    Stamp StampOf(PublishedTransaction transaction, LoggedChange change)
    {
        var stamp = transaction.StampOf(change);
        return mutant == Mutant.PositionsIgnored ? stamp with { Position = default } : stamp;
    }
}
