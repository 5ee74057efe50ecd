using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// One node's table as its applier writes it: each change by the real <see cref="LastUpdateWins"/>, at the transaction's end
/// the real <see cref="ClaimedRows{TKey}.Settle"/>. A new winner enters hidden and is shown by that.
/// </summary>
sealed class ModelTable(int number, ModelServer server, Mutant mutant) : ClaimedRows<int>
{
    readonly SortedSet<int> toSettle = [];
    PublishedTransaction applying = null!;
    uint xid;

    Database Data => server.Data;

    public void Begin(PublishedTransaction transaction) => (applying, xid) = (transaction, server.TakeXid());

    /// <summary>Settles and commits, the position row with it.</summary>
    public void Commit(AppliedPosition position)
    {
        if (toSettle.Count > 0)
        {
            Settle(toSettle.Where(key => Data.Hidden[key] is not null).Select(OrderOfHidden));
            toSettle.Clear();
        }

        Data.Positions[applying.Writer] = position;
        server.CommitApplied(xid, Tick.CommitTime(applying.Tick, applying.CommitTime), applying.Writer);
    }

    public RowVersion VersionOf(int key) =>
        ValidOverride(key)?.Version ?? (IsRewritten(key) ? RowVersion.Oldest : RawVersionOf(key));

    /// <summary>The key's winner, visible or hidden, as the transaction that is being applied finds it.</summary>
    public LocalRow? WinnerOf(int key, PublishedTransaction? applying = null)
    {
        if (Data.Rows[key] is { } row)
        {
            // What the rewriting transaction itself wrote, before the rewrite or after it.
            return IsRewritten(key) && applying?.Writer == number && row.CommitTime == applying.CommitTime
                && applying.CommitLsn >= Data.Rewrite!.Value.At
                ? new LocalRow(VersionOf(key), true, true)
                : Local(VersionOf(key), RawWriteOf(key), row.Xmin, applying);
        }

        return Data.Hidden[key] is { } hidden && mutant != Mutant.HiddenIgnoredInDecisions
            ? Local(hidden.Version, hidden.Raw, writtenBy: 0, applying)
            : null;
    }

    /// <summary>Whether it can't be told which is later; of an own change, whether the row may be another node's.</summary>
    public bool IsUnknown(int key, PublishedTransaction change)
    {
        if (Data.Rows[key] is not { IsTimeless: true } row || row.Xmin < Data.Mark || ValidOverride(key) is not null
            || Data.Lost is not { } lost || mutant == Mutant.LostIsOld)
        {
            return false;
        }

        var isEarly = row.Xmin <= lost.Applied;
        return change.Writer == number
            ? isEarly && row.Xmin != change.Xid && mutant != Mutant.LostIsOwn
            : change.Tick <= (isEarly ? lost.Early : lost.Late);
    }

    /// <summary>The row of an own transaction of before a loss, or of a later one that notes its own in turn.</summary>
    public void NoteVersion(int key, Stamp stamp, PublishedTransaction own)
    {
        if (Data.Rows[key] is not { IsTimeless: true } row || row.Xmin < Data.Mark || Data.Lost is not { } lost)
        {
            return;
        }

        if (ValidOverride(key)?.Version is { } noted && noted.Writer == number && noted <= stamp.Version
            && mutant != Mutant.LostKeepsEarlierNote)
        {
            Data.Overrides[key] = null; // an earlier own transaction's, and this one wrote the row or an earlier one's is gone
        }

        if (row.Xmin == own.Xid || row.Xmin > lost.Applied)
        {
            Data.Overrides[key] = new ModelOverride(row.Xmin, stamp.Version, Raw: null);
        }
        else if (own.Xid <= lost.Applied && mutant != Mutant.LostOwnNotBounded)
        {
            Data.Lost = lost with { Early = Math.Max(lost.Early, stamp.Version.Tick) };
        }
    }

    public void Do(in IncomingChange incoming, in LoggedChange change, int key, in Resolution resolution)
    {
        if (resolution.Action == ResolvedAction.ApplyIncoming
            && !(mutant == Mutant.MissingUpdateDropped && resolution.Kind == ConflictKind.UpdateMissing))
        {
            Replace(key, incoming.IsUpsert ? new(change.Value, change.Claims, incoming.Stamp.Version, Raw: null) : null);
        }

        if (resolution.WriteTombstone is { } tombstone && mutant != Mutant.NoTombstones)
        {
            Data.Tombstones[key] = tombstone;
        }

        if (mutant == Mutant.TombstoneFalls && incoming.Operation == IncomingOperation.Delete && Data.Rows[key] is null)
        {
            Data.Tombstones[key] = incoming.Stamp;
        }

        if (resolution.RemoveTombstone)
        {
            Data.Tombstones[key] = null;
        }

        if (resolution.WriteOverride is { } noted)
        {
            Restamp(key, noted.Version);
        }
    }

    /// <summary>What a local change held till it committed.</summary>
    public void NoteReleased(in LoggedChange change)
    {
        if (mutant != Mutant.LocalReleaseNotSettled)
        {
            toSettle.UnionWith(change.Operation == IncomingOperation.Truncate
                ? Enumerable.Range(0, Data.Hidden.Length)
                : HiddenClaimants(change.Old));
        }
    }

    /// <summary>
    /// Before every row gets a new xmin: the versions above the horizon are noted, and while rows are hidden all, as these are
    /// measured by them.
    /// </summary>
    public void KeepVersions(uint xmin, uint transaction, long commitTime)
    {
        if (mutant == Mutant.RewriteUnnoticed)
        {
            return;
        }

        var all = Data.Hidden.Any(row => row is not null) && mutant != Mutant.RewriteForgetsBesideHidden;
        for (var key = 0; key < Data.Rows.Length; key++)
        {
            if (Data.Rows[key] is not { } row || (ValidOverride(key) is null && (IsRewritten(key) || row.Transaction == transaction)))
            {
                continue;
            }

            var version = VersionOf(key);
            if ((all || version.Tick > Data.Horizon) && mutant != Mutant.RewriteForgetsVersions)
            {
                Data.Overrides[key] = new ModelOverride(
                    xmin, version, mutant == Mutant.RewriteForgetsWhoWrote ? null : RawWriteOf(key));
            }
        }

        Data.Rewrite = mutant == Mutant.RewriteNotNoted ? null : new RewriteNote(xmin, commitTime, server.WalEnd);
    }

    /// <summary>Drops what no change still to come can meet: overrides, and hidden rows below a visible one.</summary>
    public void Collect(Func<RowVersion, bool> mayCollect)
    {
        for (var key = 0; key < Data.Rows.Length; key++)
        {
            var agedOut = mutant == Mutant.HiddenCollectedByAge && Data.Hidden[key] is { } hidden && mayCollect(hidden.Version);
            Data.Hidden[key] = Data.Rows[key] is not null || agedOut ? null : Data.Hidden[key];
        }

        for (var key = 0; key < Data.Rows.Length; key++)
        {
            var stillRead = ValidOverride(key) is not null
                && ((Data.Rows[key]!.Value.IsTimeless && Data.Lost is { } lost && lost.Late > Data.Horizon)
                    || (Data.Hidden.Any(row => row is not null) && mutant != Mutant.OverrideCollectedBesideHidden)
                    || (!mayCollect(RawVersionOf(key)) && mutant != Mutant.OverrideCollectedByItsVersionAlone));
            if (Data.Overrides[key] is { } noted && mayCollect(noted.Version) && !stillRead)
            {
                Data.Overrides[key] = null;
            }
        }
    }

    protected override bool IsVoid(int key) =>
        Data.Hidden[key] is null || (Data.Rows[key] is not null && mutant != Mutant.VoidRowShown);

    protected override IReadOnlyList<RowOrder<int>> VisibleClaimants(int key)
    {
        var hidden = Data.Hidden[key]!.Value;
        return
        [
            .. Claimants(hidden.Claims, other => other == key ? default : Data.Rows[other]?.Claims ?? default)
                .Select(other => mutant switch
                {
                    Mutant.FirstClaimStays => new RowOrder<int>(new RowVersion(long.MaxValue, 0), other),
                    Mutant.TiesWithoutKey when VersionOf(other) == hidden.Version => new RowOrder<int>(new RowVersion(0, 0), other),
                    _ => new RowOrder<int>(VersionOf(other), other),
                }),
        ];
    }

    protected override IEnumerable<RowOrder<int>> Hide(int key)
    {
        var row = Data.Rows[key]!.Value;
        Data.Hidden[key] = new HiddenRow(
            row.Value,
            row.Claims,
            mutant == Mutant.HideForgetsOverride ? RawVersionOf(key) : VersionOf(key),
            mutant == Mutant.RawForgottenWhenHidden ? null : RawWriteOf(key));
        Data.Rows[key] = null;
        return mutant == Mutant.CascadeLeftOut
            ? []
            : [.. HiddenClaimants(row.Claims).Where(other => other != key).Select(OrderOfHidden)];
    }

    /// <summary>This local transaction writes the row, so its own version is noted unless it is the transaction's.</summary>
    protected override void Show(int key)
    {
        var hidden = Data.Hidden[key]!.Value;
        Data.Hidden[key] = null;
        Data.Rows[key] = new ModelRow(
            hidden.Value, hidden.Claims, xid, xid, Tick.CommitTime(applying.Tick, applying.CommitTime), applying.Writer);
        if ((hidden.Version != new RowVersion(applying.Tick, applying.Writer) || hidden.Raw is not null) && mutant != Mutant.ShownAsNew)
        {
            Data.Overrides[key] = new ModelOverride(xid, hidden.Version, hidden.Raw);
        }
    }

    LocalRow Local(RowVersion version, RawWrite? raw, uint writtenBy, PublishedTransaction? transaction)
    {
        var isRaw = mutant != Mutant.RawLocalRowsTouched && raw is { HiddenAt: var seen }
            && (transaction?.CommitLsn < seen || mutant == Mutant.HiddenRawIsAlwaysLater);
        var isTold = mutant == Mutant.OwnRowByTransactionId || raw?.CommitTime == long.MinValue;
        var isOwn = isTold ? writtenBy == transaction?.Xid : raw?.CommitTime == transaction?.CommitTime;
        return new LocalRow(version, isRaw, isRaw && isOwn);
    }

    void Replace(int key, HiddenRow? winner)
    {
        if (Data.Rows[key] is { } row)
        {
            toSettle.UnionWith(mutant == Mutant.RemoteReleaseNotSettled ? [] : HiddenClaimants(row.Claims));
            Data.Rows[key] = null;
        }

        if (winner is not null || mutant != Mutant.HiddenOutlivesTombstone)
        {
            Data.Hidden[key] = winner;
        }

        toSettle.Add(key);
    }

    /// <summary>A lifted transaction of this node wrote the key's winner: the version it was given is noted with it.</summary>
    void Restamp(int key, RowVersion version)
    {
        if (Data.Rows[key] is { } row)
        {
            Data.Overrides[key] = new ModelOverride(row.Xmin, version, ValidOverride(key)?.Raw);
        }
        else if (mutant != Mutant.HiddenNotLifted)
        {
            Data.Hidden[key] = Data.Hidden[key]!.Value with { Version = version };
            toSettle.Add(key);
        }
    }

    IEnumerable<int> HiddenClaimants(Claims values) => Claimants(values, key => Data.Hidden[key]?.Claims ?? default);

    IEnumerable<int> Claimants(Claims values, Func<int, Claims> claimsOf) =>
        values.Any ? Enumerable.Range(0, Data.Rows.Length).Where(key => claimsOf(key).Collide(values)) : [];

    RowOrder<int> OrderOfHidden(int key) => new(Data.Hidden[key]!.Value.Version, key);

    ModelOverride? ValidOverride(int key) =>
        Data.Overrides[key] is { } noted && noted.Xmin == Data.Rows[key]?.Xmin && mutant != Mutant.OverridesIgnored ? noted : null;

    bool IsRewritten(int key) => Data.Rewrite is { } note && note.Xmin == Data.Rows[key]?.Xmin;

    /// <summary>As xmin's commit time and origin have it.</summary>
    public RowVersion RawVersionOf(int key)
    {
        var row = Data.Rows[key]!.Value;
        if (row.IsTimeless)
        {
            return RowVersion.Oldest;
        }

        var writer = mutant == Mutant.TieByApplyingNode ? number : row.Origin ?? server.Writers.Of(row.Xmin);
        return new RowVersion(Tick.FromUnixMicroseconds(row.CommitTime), writer);
    }

    /// <summary>The session of this node that wrote the row; null: the applier wrote it.</summary>
    RawWrite? RawWriteOf(int key)
    {
        var row = Data.Rows[key]!.Value;
        if (row.IsTimeless)
        {
            return new RawWrite(long.MinValue, server.WalEnd); // it has no origin either
        }

        return row.Origin is null && server.Writers.IsOwn(row.Xmin) && !IsRewritten(key)
            ? new RawWrite(row.CommitTime, server.WalEnd) : ValidOverride(key)?.Raw;
    }
}
