using KafkaBridge.Apply.Folding;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Apply.Tests.Folding;

public sealed class FoldedRowJsonTests
{
    static readonly RowFold<string?> Fold = new(
        RowRule.Of(ConflictRule.FirstUpdateWins), [], [ColumnRule.WithRow, ColumnRule.Delta], ColumnMerge.Merge);

    [Fact]
    public void What_is_stored_is_read_back_the_same()
    {
        var first = Write(10, writer: 0, lsn: 7, ["k", "5"], ["k", "6"]);
        var row = new FoldedRow<string?>(Fold, first);
        Assert.True(row.Add(first, isSelf: false, ["k", "5"], isRaw: false));
        Assert.False(row.Add(Write(12, writer: 1, ulong.MaxValue, ["k", "5"], null), isSelf: false, ["k", "\"ü\n"], isRaw: true));
        row.History.SettleUpTo(10);

        var text = FoldedRowJson.Write(row);
        var read = FoldedRowJson.Read(text, Fold);
        Assert.Equal(text, FoldedRowJson.Write(read));
        Assert.True(read.IsBehind);
        Assert.Equal("k 6", string.Join(' ', read.Shown!));
        Assert.Equal("k 6", string.Join(' ', read.History.Settled!.Values));
        var write = Assert.Single(read.History.Writes);
        Assert.Equal(new TransactionPosition(2, new Lsn(ulong.MaxValue)), write.Stamp.Position.Transaction);
        Assert.Null(write.New);
        Assert.Equal(row.History.State!.Exists, read.History.State!.Exists);
    }

    [Fact]
    public void What_a_function_put_together_is_stored_with_all_its_writers()
    {
        var fold = new RowFold<string?>(RowRule.Of(ConflictRule.SqlFunction), [], null, ColumnMerge.Merge) { Ask = both => both.Present };
        var row = new FoldedRow<string?>(fold, Write(10, writer: 0, lsn: 7, ["k", "5"], ["k", "6"]));
        row.Add(Write(10, writer: 0, lsn: 7, ["k", "5"], ["k", "6"]), isSelf: false, ["k", "5"], isRaw: false);
        row.Add(Write(12, writer: 1, lsn: 7, ["k", "5"], ["k", "7"]), isSelf: false, ["k", "6"], isRaw: false);
        row.History.SettleUpTo(12);
        var read = FoldedRowJson.Read(FoldedRowJson.Write(row), fold);
        Assert.Equal(new RowVersion(10, 0), Assert.Single(read.History.Settled!.Beside).Version);
        Assert.Equal(new RowVersion(12, 1), read.History.Settled.Written.Version);
        Assert.Equal(0, read.History.Rival(Write(14, writer: 1, lsn: 9, ["k", "7"], ["k", "8"]))?.Stamp.Version.Writer);
    }

    static RowWrite<string?> Write(long tick, int writer, ulong lsn, string?[]? old, string?[]? now)
    {
        var position = new TransactionPosition(2, new Lsn(lsn));
        return new RowWrite<string?>(
            new Stamp(new RowVersion(tick, writer), new ChangePosition(position, 3)),
            new KnowledgeVector(writer, [new Knowledge(2, new TransactionPosition(1, new Lsn(99)), 4)]), old, now);
    }
}
