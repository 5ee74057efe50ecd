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

    static RowWrite<int> Write(int writer, long tick, int? old, int? now) => new(
        new Stamp(new RowVersion(tick, writer), new ChangePosition(new TransactionPosition(1, new Lsn((ulong)tick)), 0)),
        new KnowledgeVector(writer, []),
        old is { } before ? [before] : null,
        now is { } after ? [after] : null);
}
