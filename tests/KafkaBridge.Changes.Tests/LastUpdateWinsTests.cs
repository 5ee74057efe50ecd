using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>The decision table of DESIGN.md, line by line.</summary>
public sealed class LastUpdateWinsTests
{
    const int A = 0;
    const int B = 1;

    [Theory]
    [InlineData(IncomingOperation.Insert, ConflictKind.InsertExists, ConflictKind.InsertExists)]
    [InlineData(IncomingOperation.Update, ConflictKind.UpdateOriginDiffers, ConflictKind.UpdateOriginDiffers)]
    [InlineData(IncomingOperation.UpdateOfKey, ConflictKind.UpdateExists, ConflictKind.UpdateExists)]
    [InlineData(IncomingOperation.Delete, ConflictKind.DeleteExists, ConflictKind.DeleteOriginDiffers)]
    [InlineData(IncomingOperation.Truncate, ConflictKind.TruncateDiffers, ConflictKind.TruncateDiffers)]
    public void A_row_keeps_against_a_lower_version_and_yields_to_a_greater_one(
        IncomingOperation operation, ConflictKind losing, ConflictKind winning)
    {
        var loses = Resolve(Change(operation, 10, B), Row(11, A));
        Assert.Equal((ResolvedAction.KeepLocal, losing, true), (loses.Action, loses.Kind, loses.IsConflict));
        Assert.Null(loses.WriteTombstone);

        var wins = Resolve(Change(operation, 11, B), Row(11, A));
        Assert.Equal((ResolvedAction.ApplyIncoming, winning, true), (wins.Action, wins.Kind, wins.IsConflict));
        Assert.Equal(operation == IncomingOperation.Delete ? At(11, B) : null, wins.WriteTombstone);
    }

    [Fact]
    public void Of_one_writer_and_tick_the_incoming_change_is_later()
    {
        var resolution = Resolve(Change(IncomingOperation.Update, 10, B), Row(10, B));
        Assert.Equal((ResolvedAction.ApplyIncoming, null, false), (resolution.Action, resolution.Kind, resolution.IsConflict));
    }

    [Fact]
    public void A_tombstone_beats_what_is_not_above_it_and_goes_under_what_is()
    {
        var (early, late) = (At(10, B, ordinal: 0), At(10, B, ordinal: 2));
        var below = Resolve(Change(IncomingOperation.Insert, early), null, Versions(tombstone: late));
        Assert.Equal((ResolvedAction.KeepLocal, ConflictKind.InsertDeleted, false), (below.Action, below.Kind, below.IsConflict));

        var above = Resolve(Change(IncomingOperation.Insert, late), null, Versions(tombstone: early));
        Assert.Equal((ResolvedAction.ApplyIncoming, true, false), (above.Action, above.RemoveTombstone, above.IsConflict));

        var resurrected = Resolve(Change(IncomingOperation.Insert, 11, A), null, Versions(tombstone: late));
        Assert.Equal(
            (ResolvedAction.ApplyIncoming, ConflictKind.InsertDeleted, true),
            (resurrected.Action, resurrected.Kind, resurrected.IsConflict));
        Assert.Equal(
            ConflictKind.UpdateDeleted, Resolve(Change(IncomingOperation.UpdateOfKey, 9, A), null, Versions(tombstone: late)).Kind);
        Assert.Null(Resolve(Change(IncomingOperation.UpdateOfKey, 9, A), null).Kind);

        var table = Resolve(Change(IncomingOperation.Update, 9, A), null, Versions(tombstone: At(8, B), table: At(10, B)));
        Assert.Equal((ResolvedAction.KeepLocal, ConflictKind.UpdateDeleted, true), (table.Action, table.Kind, table.IsConflict));
    }

    [Fact]
    public void A_missing_row_is_inserted_by_an_update_and_a_delete_of_it_leaves_a_tombstone_that_only_rises()
    {
        var update = Resolve(Change(IncomingOperation.Update, 10, B), null);
        Assert.Equal((ResolvedAction.ApplyIncoming, ConflictKind.UpdateMissing, false), (update.Action, update.Kind, update.IsConflict));

        Assert.Equal(At(10, B), Resolve(Change(IncomingOperation.Delete, 10, B), null).WriteTombstone);
        Assert.Null(Resolve(Change(IncomingOperation.Delete, 10, B), null, Versions(tombstone: At(11, A))).WriteTombstone);
        Assert.Equal(At(12, A), Resolve(Change(IncomingOperation.Delete, 10, B), Row(9, A), Versions(tombstone: At(12, A))).WriteTombstone);
    }

    [Fact]
    public void What_a_grave_holds_back_is_below_or_equal_and_only_the_keys_own_tombstone_is_removed()
    {
        var stamp = At(10, B);
        var equal = Resolve(Change(IncomingOperation.Insert, stamp), null, Versions(tombstone: stamp));
        Assert.Equal((ResolvedAction.KeepLocal, false), (equal.Action, equal.RemoveTombstone));
        var overTable = Resolve(Change(IncomingOperation.Insert, stamp), null, Versions(table: At(9, A)));
        Assert.Equal((ResolvedAction.ApplyIncoming, false), (overTable.Action, overTable.RemoveTombstone));
        var deletes = Resolve(Change(IncomingOperation.Delete, stamp), null, Versions(tombstone: At(9, A)));
        Assert.Equal((stamp, false, true), (deletes.WriteTombstone, deletes.RemoveTombstone, deletes.IsConflict));
        Assert.Equal(
            ResolvedAction.KeepLocal, Resolve(Change(IncomingOperation.Update, stamp), null, Versions(At(12, A), At(9, A))).Action);
    }

    /// <summary>A row's story asks of a TRUNCATE that came after a delete, too.</summary>
    [Fact]
    public void A_truncate_meets_nothing_where_no_row_is()
    {
        Assert.Equal(Nothing, Resolve(Change(IncomingOperation.Truncate, 10, B), null));
        Assert.Equal(Nothing, Resolve(Change(IncomingOperation.Truncate, 10, B), null, Versions(tombstone: At(9, A))));
    }

    [Theory]
    [InlineData(IncomingOperation.Insert, 11, 10, true)]
    [InlineData(IncomingOperation.Insert, 11, 12, false)] // the row was inserted here since, and its delete is still to be self-applied
    [InlineData(IncomingOperation.Insert, 8, 7, false)]
    [InlineData(IncomingOperation.Delete, 11, 10, false)]
    public void A_tombstone_beside_a_row_goes_with_a_write_above_both(IncomingOperation operation, long tick, long tombstone, bool goes) =>
        Assert.Equal(goes, Resolve(Change(operation, tick, B), Row(9, A), Versions(At(tombstone, A))).RemoveTombstone);

    [Fact]
    public void A_row_that_a_user_wrote_yields_to_other_nodes_like_any()
    {
        var raw = new LocalRow(new RowVersion(6, A), IsRaw: true, IsOwnTransaction: false);
        Assert.Equal(ResolvedAction.ApplyIncoming, Resolve(Change(IncomingOperation.Update, 10, B), raw).Action);
        Assert.Equal(ResolvedAction.KeepLocal, Resolve(Change(IncomingOperation.Update, 5, B), raw).Action);
    }

    [Fact]
    public void Self_apply_never_touches_a_raw_row_but_notes_the_lifted_version_of_its_own()
    {
        var own = new LocalRow(new RowVersion(6, A), IsRaw: true, IsOwnTransaction: true);
        var noted = Resolve(Change(IncomingOperation.Update, 10, A) with { IsSelf = true, IsLifted = true }, own);
        Assert.Equal((ResolvedAction.KeepLocal, At(10, A)), (noted.Action, noted.WriteOverride));
        Assert.Null(Resolve(Change(IncomingOperation.Update, 6, A) with { IsSelf = true }, own).WriteOverride);

        Assert.Equal(Nothing, Resolve(Change(IncomingOperation.Delete, 10, A) with { IsSelf = true, IsLifted = true }, own));

        var later = own with { IsOwnTransaction = false };
        Assert.All(Enum.GetValues<IncomingOperation>(), operation =>
            Assert.Equal(
                Nothing,
                Resolve(Change(operation, 10, A) with { IsSelf = true, IsLifted = true }, later)));
    }

    [Fact]
    public void Self_apply_decides_against_a_row_that_was_applied_like_any_other_change()
    {
        Assert.Equal(
            ResolvedAction.ApplyIncoming, Resolve(Change(IncomingOperation.Delete, 10, A) with { IsSelf = true }, Row(9, B)).Action);
        var loses = Resolve(Change(IncomingOperation.Delete, 10, A) with { IsSelf = true }, Row(10, B));
        Assert.Equal((ResolvedAction.KeepLocal, true), (loses.Action, loses.IsConflict));
    }

    [Fact]
    public void Self_apply_leaves_alone_what_was_decided_when_it_committed()
    {
        foreach (var row in new LocalRow?[] { null, Row(9, B) })
        {
            Assert.Equal(Nothing, Resolve(Change(IncomingOperation.Insert, 10, A) with { IsSelf = true }, row));
            Assert.Equal(
                ResolvedAction.ApplyIncoming,
                Resolve(Change(IncomingOperation.Insert, 10, A) with { IsSelf = true, IsLifted = true }, row).Action);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Successive_versions_are_no_conflict(bool changeKnewLocal, bool localKnewChange) =>
        Assert.False(
            Resolve(Change(IncomingOperation.Update, 10, B), Row(9, A), new(null, null, changeKnewLocal, localKnewChange)).IsConflict);

    [Fact]
    public void A_truncate_takes_rows_below_it_and_leaves_no_key_tombstone()
    {
        var resolution = Resolve(Change(IncomingOperation.Truncate, 10, B), Row(9, A));
        Assert.Equal((ResolvedAction.ApplyIncoming, null), (resolution.Action, resolution.WriteTombstone));
        Assert.Equal(ResolvedAction.KeepLocal, Resolve(Change(IncomingOperation.Truncate, 10, A), Row(10, B)).Action);
        Assert.Equal(At(11, A), LastUpdateWins.Raise(At(11, A), At(10, B)));
    }

    [Fact]
    public void A_rule_that_this_version_does_not_know_is_refused_by_name()
    {
        Assert.Equal(ConflictRule.LastUpdateWins, ConflictRuleNames.Parse("last_update_wins"));
        Assert.Contains(
            "'newest_wins'", Assert.Throws<FormatException>(() => ConflictRuleNames.Parse("newest_wins")).Message,
            StringComparison.Ordinal);
        Assert.Equal("update_origin_differs", ConflictKind.UpdateOriginDiffers.Name());
        Assert.Equal("truncate_differs", ConflictKind.TruncateDiffers.Name());
    }

    [Fact]
    public void A_rule_that_needs_history_is_refused()
    {
        var change = Change(IncomingOperation.Insert, 10, B);
        Assert.Contains(
            "manual",
            Assert.Throws<NotSupportedException>(() => LastUpdateWins.Resolve(change, null, default, ConflictRule.Manual)).Message,
            StringComparison.Ordinal);
    }

    static readonly Resolution Nothing = new(ResolvedAction.KeepLocal, null, false, null, null, false);

    static Resolution Resolve(IncomingChange change, LocalRow? row, LocalVersions versions = default) =>
        LastUpdateWins.Resolve(change, row, versions, ConflictRule.LastUpdateWins);

    static LocalVersions Versions(Stamp? tombstone = null, Stamp? table = null) => new(tombstone, table, false, false);

    static LocalRow Row(long tick, int writer) => new(new RowVersion(tick, writer), IsRaw: false, IsOwnTransaction: false);

    static IncomingChange Change(IncomingOperation operation, long tick, int writer) => Change(operation, At(tick, writer));

    static IncomingChange Change(IncomingOperation operation, Stamp stamp) => new(operation, stamp, IsSelf: false, IsLifted: false);

    static Stamp At(long tick, int writer, int ordinal = 0) =>
        new(new RowVersion(tick, writer), new ChangePosition(new TransactionPosition(1, new Lsn(100)), ordinal));
}
