namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// Who wins, as one pure function; the same table stands in DESIGN.md for the SQL that does the frequent cases.
/// Whatever the order in which the changes of different origins come, the row that stays is the one with the greatest stamp.
/// </summary>
public static class LastUpdateWins
{
    /// <param name="row">The key's winner here, be it visible or hidden (which a visible one makes void); null: there is none.</param>
    public static Resolution Resolve(in IncomingChange change, LocalRow? row, in LocalVersions versions, ConflictRule rule)
    {
        if (rule != ConflictRule.LastUpdateWins)
        {
            throw new NotSupportedException($"Rows can't be decided by {rule.Name()}.");
        }

        // An own write that was not lifted was decided when it committed: it was above everything here.
        if (change.IsSelf && change.IsUpsert && !change.IsLifted)
        {
            return Nothing;
        }

        return row is { } present ? AgainstRow(change, present, versions) : AgainstMissing(change, versions);
    }

    /// <summary>A tombstone only ever rises: of two, the greater stands.</summary>
    public static Stamp Raise(Stamp? standing, Stamp incoming) => standing is { } other && other > incoming ? other : incoming;

    static readonly Resolution Nothing = new(
        ResolvedAction.KeepLocal, WriteTombstone: null, RemoveTombstone: false, WriteOverride: null, Kind: null, IsConflict: false);

    static Resolution AgainstRow(in IncomingChange change, in LocalRow row, in LocalVersions versions)
    {
        // What a user wrote later is the next version of this node's own log; what this transaction wrote is there already.
        if (change.IsSelf && row.IsRaw)
        {
            return row.IsOwnTransaction && change.IsUpsert ? Nothing with { WriteOverride = change.Stamp } : Nothing;
        }

        // Equal versions have one writer, and a writer's changes come in order: the incoming one is later.
        var wins = change.Stamp.Version >= row.Version;
        var differs = change.Stamp.Version.Writer != row.Version.Writer;
        ConflictKind? kind = change.Operation switch
        {
            IncomingOperation.Insert => ConflictKind.InsertExists,
            IncomingOperation.Update when differs => ConflictKind.UpdateOriginDiffers,
            IncomingOperation.UpdateOfKey => ConflictKind.UpdateExists,
            IncomingOperation.Delete when differs => wins ? ConflictKind.DeleteOriginDiffers : ConflictKind.DeleteExists,
            IncomingOperation.Truncate when differs => ConflictKind.TruncateDiffers,
            _ => null,
        };

        return new(
            wins ? ResolvedAction.ApplyIncoming : ResolvedAction.KeepLocal,
            WriteTombstone: wins && change.Operation == IncomingOperation.Delete ? Raise(versions.Tombstone, change.Stamp) : null,
            RemoveTombstone: wins && change.IsUpsert && versions.Tombstone < change.Stamp,
            WriteOverride: null,
            kind,
            IsConflict: differs && Concurrent(versions));
    }

    static Resolution AgainstMissing(in IncomingChange change, in LocalVersions versions)
    {
        var grave = versions.Grave;
        var wins = grave is not { } standing || change.Stamp > standing;
        var differs = grave is { } other && other.Version.Writer != change.Stamp.Version.Writer;
        ConflictKind? kind = change.Operation switch
        {
            IncomingOperation.Truncate => null,
            IncomingOperation.Delete => ConflictKind.DeleteMissing,
            IncomingOperation.Update when grave is null => ConflictKind.UpdateMissing,
            _ when grave is null => null,
            IncomingOperation.Insert => ConflictKind.InsertDeleted,
            _ => ConflictKind.UpdateDeleted,
        };

        var applies = wins && change.Operation != IncomingOperation.Truncate;
        return new(
            applies ? ResolvedAction.ApplyIncoming : ResolvedAction.KeepLocal,
            WriteTombstone: applies && change.Operation == IncomingOperation.Delete ? change.Stamp : null,
            RemoveTombstone: applies && change.IsUpsert && versions.Tombstone is not null,
            WriteOverride: null,
            kind,
            IsConflict: kind is not null && differs && Concurrent(versions));
    }

    static bool Concurrent(in LocalVersions versions) =>
        !versions.ChangeKnewLocal && !versions.LocalKnewChange;
}
