using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>When a row may become what its writes come to, and when nothing need be kept of it.</summary>
public sealed class FoldedRowTests
{
    const int Here = 0;
    const int There = 1;

    static readonly RowFold<int> Counter = new(
        RowRule.Of(ConflictRule.LastUpdateWins), [], [ColumnRule.Delta], (_, old, present, next) => present + next - old);

    [Fact]
    public void A_users_row_whose_write_is_on_its_way_is_left_alone_and_put_right_by_it()
    {
        var theirs = Write(There, tick: 10, old: 5, now: 8);
        var row = new FoldedRow<int>(Counter, theirs);
        Assert.False(row.Add(theirs, isSelf: false, present: [6], isRaw: true)); // a user has added 1 meanwhile
        Assert.True(row.IsBehind);
        Assert.True(row.Add(Write(Here, tick: 11, old: 5, now: 6), isSelf: true, present: [6], isRaw: true));
        Assert.Equal([9], row.Shown!);
        Assert.False(row.IsBehind);
    }

    [Fact]
    public void A_users_delete_on_its_way_is_not_undone()
    {
        var theirs = Write(There, tick: 10, old: 5, now: 8);
        var row = new FoldedRow<int>(Counter, theirs);
        Assert.False(row.Add(theirs, isSelf: false, present: null, isRaw: false));
        Assert.False(row.Add(Write(Here, tick: 11, old: 5, now: null), isSelf: true, present: null, isRaw: false));
        Assert.Null(row.Shown);
        Assert.False(row.IsBehind);
    }

    [Fact]
    public void A_row_that_a_bridge_wrote_follows_at_once()
    {
        var first = Write(There, tick: 10, old: null, now: 5);
        var row = new FoldedRow<int>(Counter, first);
        Assert.True(row.Add(first, isSelf: false, present: null, isRaw: false));
        Assert.Equal([5], row.Shown!);
        Assert.True(row.Add(Write(There, tick: 12, old: 5, now: 9), isSelf: false, present: [5], isRaw: false));
        Assert.Equal([9], row.Shown!);
    }

    [Fact]
    public void It_is_kept_until_every_node_has_every_write()
    {
        var write = Write(There, tick: 10, old: 5, now: 8);
        var row = new FoldedRow<int>(Counter, write);
        row.Add(write, isSelf: false, present: [5], isRaw: false);
        Assert.False(row.IsStable(long.MinValue, [Here, There], (_, _) => write.Stamp.Position.Transaction)); // above the watermark
        row.History.SettleUpTo(10);
        Assert.True(row.IsStable(long.MinValue, [Here, There], (_, _) => write.Stamp.Position.Transaction));
        Assert.False(row.IsStable(long.MinValue, [Here, There], (node, _) => node == There ? default : write.Stamp.Position.Transaction));
    }

    [Fact]
    public void It_is_kept_while_any_node_lacks_any_writers_last_write()
    {
        var (theirs, ours) = (Write(There, tick: 10, old: 5, now: 8), Write(Here, tick: 12, old: 8, now: 9));
        var row = new FoldedRow<int>(Counter, theirs);
        row.Add(theirs, isSelf: false, present: [5], isRaw: false);
        row.Add(ours, isSelf: true, present: [8], isRaw: false);
        Assert.False(row.IsStable(11, [Here, There], (_, _) => At(99))); // the last write is above the watermark
        Assert.True(row.IsStable(12, [Here, There], (_, _) => At(99)));
        Assert.True(row.IsStable(13, [Here, There], (_, writer) => At(writer == Here ? 12ul : 10)));
        Assert.False(row.IsStable(13, [Here, There], (_, writer) => At(writer == Here ? 11ul : 10)));
        Assert.False(row.IsStable(13, [Here, There], (node, writer) => At(node == Here && writer == There ? 9ul : 99)));
    }

    [Fact]
    public void It_is_kept_while_a_users_write_is_on_its_way()
    {
        var theirs = Write(There, tick: 10, old: 5, now: 8);
        var row = new FoldedRow<int>(Counter, theirs);
        row.Add(theirs, isSelf: false, present: [6], isRaw: true);
        Assert.False(row.IsStable(10, [Here, There], (_, _) => At(99)));
    }

    [Fact]
    public void A_users_row_is_known_by_its_own_write_alone()
    {
        var theirs = Write(There, tick: 10, old: 5, now: 8);
        var row = new FoldedRow<int>(Counter, theirs);
        Assert.False(row.Add(theirs, isSelf: false, present: [8], isRaw: true)); // alike, but a user's: its write will come
        Assert.True(row.IsBehind);
        Assert.Equal([5], row.Shown!);
        Assert.False(row.Add(Write(Here, tick: 11, old: 5, now: 7), isSelf: true, present: [8], isRaw: true)); // not the last one yet
        Assert.True(row.IsBehind);
    }

    [Fact]
    public void A_row_that_a_bridge_deleted_comes_back_with_a_later_write()
    {
        var row = new FoldedRow<int>(Counter, Write(There, tick: 10, old: 5, now: null));
        Assert.True(row.Add(Write(There, tick: 10, old: 5, now: null), isSelf: false, present: [5], isRaw: true)); // as it was shown
        Assert.Null(row.Shown);
        Assert.True(row.Add(Write(There, tick: 11, old: null, now: 7), isSelf: false, present: null, isRaw: false));
        Assert.Equal([7], row.Shown!);
        Assert.Equal(At(11), row.Last[There]);
    }

    [Fact]
    public void It_begins_with_what_its_first_write_found()
    {
        var found = new FoldedRow<int>(Counter, Write(There, tick: 10, old: 5, now: 8));
        Assert.Equal((true, false), (found.History.Settled!.Exists, found.IsBehind));
        Assert.Equal([5], found.History.Settled.Values);
        Assert.Null(new FoldedRow<int>(Counter, Write(There, tick: 10, old: null, now: 8)).History.Settled);
    }

    static TransactionPosition At(ulong lsn) => new(1, new Lsn(lsn));

    static RowWrite<int> Write(int writer, long tick, int? old, int? now) => new(
        new Stamp(new RowVersion(tick, writer), new ChangePosition(At((ulong)tick), 0)),
        new KnowledgeVector(writer, []),
        old is { } before ? [before] : null,
        now is { } after ? [after] : null);
}
