using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>What is kept of a key's writes, and which of them a write did not know.</summary>
public sealed class RowHistoryTests
{
    const int A = 0;
    const int B = 1;
    const int C = 2;

    static readonly RowWrite<string> Insert = Write(1, A, old: null, "x");

    [Fact]
    public void Writes_up_to_the_watermark_become_the_settled_row_and_those_above_are_kept()
    {
        var history = Of(Insert, Write(2, A, "x", "y"), Write(3, A, "y", "z"));
        Assert.False(history.IsSettledUpTo(2));
        Assert.True(history.IsSettledUpTo(3) && history.IsSettledUpTo(4));
        history.SettleUpTo(0);
        Assert.Null(history.Settled);
        history.SettleUpTo(2);
        Assert.Equal(("y", 1), (history.Settled!.Values[0], history.Writes.Count));
        Assert.Equal("z", history.State!.Values[0]);
        history.SettleUpTo(9);
        Assert.Equal(("z", 0), (history.Settled.Values[0], history.Writes.Count));
        Assert.True(history.IsSettledUpTo(long.MinValue));
    }

    [Fact]
    public void The_rival_is_the_last_write_of_another_node_of_which_neither_knew()
    {
        var (first, second) = (Write(2, B, "x", "first", Insert), Write(3, B, "first", "second", Insert));
        var history = Of(Insert, first, second, Write(4, A, "x", "own", Insert));
        Assert.Equal(second, history.Rival(Write(5, A, "own", "again", Insert)));
        Assert.Equal(first, Of(Insert, first).Rival(Write(3, C, "x", "C's", Insert)));
        Assert.Null(history.Rival(Write(5, A, "second", "knows", Insert, second)));
        Assert.Null(Of(Insert).Rival(Write(2, A, "x", "own")));
    }

    [Fact]
    public void A_write_that_knew_this_one_is_no_rival()
    {
        var early = Write(2, A, "x", "A's", Insert);
        Assert.Null(Of(Insert, early, Write(3, B, "A's", "B's", Insert, early)).Rival(early));
        Assert.Equal("B's", Of(Insert, early, Write(3, B, "x", "B's", Insert)).Rival(early)?.New?[0]);
    }

    /// <summary>Nothing is kept above the watermark, but its writer's applier was behind and did not know what stands.</summary>
    [Fact]
    public void What_is_settled_is_the_rival_of_a_write_that_did_not_know_it()
    {
        var theirs = Write(2, B, "x", "B's", Insert);
        var history = Of(Insert, theirs);
        history.SettleUpTo(2);
        var rival = history.Rival(Write(3, A, "x", "A's", Insert));
        Assert.Equal((theirs.Stamp, null, "B's"), (rival!.Stamp, rival.Old, rival.New![0]));
        Assert.Empty(rival.Knowledge.Vector);
        Assert.Null(history.Rival(Write(3, C, "B's", "C's", Insert, theirs)));
        Assert.Null(history.Rival(Write(3, B, "B's", "again", Insert)));
        var kept = Write(4, C, "x", "C's", Insert);
        history.Add(kept);
        Assert.Equal(kept, history.Rival(Write(5, A, "x", "A's", Insert))); // what is kept was later

        var deleted = Of(Insert, theirs with { New = null });
        deleted.SettleUpTo(2);
        Assert.Null(deleted.Rival(Write(3, A, "x", "A's", Insert))!.New);
    }

    /// <summary>The last that took comes before those that a function put beside it; of these the first.</summary>
    [Fact]
    public void What_a_function_put_into_the_settled_row_is_a_rival_too()
    {
        var (last, first, second) = (Write(4, B, "x", "4"), Write(2, C, "x", "2"), Write(3, C, "x", "3"));
        var state = new RowState<string>(Insert.Stamp, last.Stamp, Exists: true, ["row"]) { Beside = [first.Stamp, second.Stamp] };
        var history = new RowHistory<string>(Fold, state);
        Assert.Equal(last.Stamp, history.Rival(Write(5, A, "x", "own"))?.Stamp);
        Assert.Equal(first.Stamp, history.Rival(Write(5, A, "x", "own", last))?.Stamp);
        Assert.Equal(second.Stamp, history.Rival(Write(5, A, "x", "own", last, first))?.Stamp);
        Assert.Null(history.Rival(Write(5, A, "x", "own", last, second)));
    }

    static readonly RowFold<string> Fold = new(RowRule.LastUpdateWins, [], null, (_, _, _, next) => next);

    static RowHistory<string> Of(params RowWrite<string>[] writes)
    {
        var history = new RowHistory<string>(Fold);
        Array.ForEach(writes, history.Add);
        return history;
    }

    static RowWrite<string> Write(long tick, int writer, string? old, string value, params RowWrite<string>[] known) =>
        Writes.Of(tick, writer, old, value, known);
}
