using System.Globalization;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>Rules that need a row's history: an insert known to all, then writes of nodes A, B and C that know what they name.</summary>
public sealed class RowFoldTests
{
    const int A = 0;
    const int B = 1;
    const int C = 2;

    static readonly RowWrite<string> Insert = Write(1, A, old: null, "x");

    [Theory]
    [InlineData(ConflictRule.LastUpdateWins, "third")]
    [InlineData(ConflictRule.FirstUpdateWins, "first")]
    [InlineData(ConflictRule.Manual, "first")]
    [InlineData(ConflictRule.OriginPriority, "second")]
    public void Concurrent_writes_are_decided_by_the_rule_and_successive_ones_succeed(ConflictRule rule, string winner)
    {
        var first = Write(2, A, "x", "first", Insert);
        var second = Write(3, B, "x", "second", Insert);
        var third = Write(4, C, "x", "third", Insert);
        Assert.Equal(winner, Fold(RowRule.Of(rule), [Insert, first, second, third]));
        Assert.Equal(winner, Fold(RowRule.Of(rule), [third, second, first, Insert]));

        var decision = Write(5, C, "?", "decided", Insert, first, second, third);
        Assert.Equal("decided", Fold(RowRule.Of(rule), [Insert, decision, first, third, second]));
    }

    /// <summary>
    /// Choosing from the versions that no other knew, cut at the watermark, diverges here: whoever forgot the second
    /// by then shows the third, the others the second. In stamp order the second has lost to the first for good.
    /// </summary>
    [Fact]
    public void What_lost_once_does_not_come_back_when_the_winner_is_succeeded()
    {
        var first = Write(2, A, "x", "first", Insert);
        var second = Write(3, B, "x", "second", Insert);
        var third = Write(4, A, "first", "third", Insert, first);
        Assert.Equal("third", Fold(RowRule.Of(ConflictRule.FirstUpdateWins), [Insert, first, second, third]));
    }

    [Fact]
    public void A_write_of_another_row_of_the_key_replaces_whole_or_not_at_all()
    {
        var other = Write(2, B, old: null, "5");
        var counted = Write(3, A, "x", "8", Insert);
        Assert.Equal("8", Fold(RowRule.LastUpdateWins, [Insert, other, counted], ColumnRule.Delta));
        Assert.Equal("x", Fold(RowRule.Of(ConflictRule.FirstUpdateWins), [Insert, other], ColumnRule.Delta));
    }

    /// <summary>A loses against C, which deletes; B brings the row back: the counter has A's difference all the same.</summary>
    [Fact]
    public void Differences_of_a_loser_reach_a_deleted_row_that_comes_back()
    {
        var insert = Write(1, A, old: null, "5");
        var gone = Write(2, C, "5", "", insert) with { New = null };
        var (lost, back) = (Write(3, A, "5", "8", insert), Write(4, B, "5", "6", insert));
        var fold = new RowFold<string>(
            RowRule.Of(ConflictRule.OriginPriority), [B, C], [ColumnRule.Delta],
            (_, old, present, next) => string.Create(
                CultureInfo.InvariantCulture, $"{Number(present) + Number(next) - Number(old)}"));
        var history = new RowHistory<string>(fold);
        Array.ForEach([back, lost, gone, insert], history.Add);
        Assert.Equal("9", history.State is { Exists: true } state ? state.Values[0] : null);
    }

    /// <summary>A row that A inserted; A then writes or deletes, B writes later without having seen that.</summary>
    [Theory]
    [InlineData(ConflictKind.InsertExists, false)]
    [InlineData(ConflictKind.UpdateExists, false)]
    [InlineData(ConflictKind.UpdateOriginDiffers, false)]
    [InlineData(ConflictKind.DeleteOriginDiffers, false)]
    [InlineData(ConflictKind.InsertDeleted, true)]
    [InlineData(ConflictKind.UpdateDeleted, true)]
    public void A_kind_of_its_own_strategy_is_decided_by_it_and_no_other_is(ConflictKind kind, bool isDeleted)
    {
        var earlier = isDeleted ? Write(2, A, "x", "", Insert) with { New = null } : Write(2, A, "x", "A's", Insert);
        var later = kind switch
        {
            ConflictKind.UpdateOriginDiffers or ConflictKind.UpdateDeleted => Write(3, B, "x", "B's", Insert),
            ConflictKind.DeleteOriginDiffers => Write(3, B, "x", "", Insert) with { New = null },
            ConflictKind.UpdateExists => KeyChange(Write(3, B, old: null, "B's")),
            _ => Write(3, B, old: null, "B's"),
        };
        Assert.Equal(kind, later.KindAgainst(!isDeleted));
        var (came, lost) = (later.New is null ? null : "B's", isDeleted ? null : "A's");
        foreach (var other in ConflictKindNames.WithStrategy)
        {
            var (last, first) = (ConflictRule.LastUpdateWins, ConflictRule.FirstUpdateWins);
            Assert.Equal(other == kind ? lost : came, Fold(new RowRule(last, Only(other, first)), [Insert, later, earlier]));
            Assert.Equal(other == kind ? came : lost, Fold(new RowRule(first, Only(other, last)), [later, earlier, Insert]));
        }

        static Dictionary<ConflictKind, ConflictRule> Only(ConflictKind kind, ConflictRule rule) => new() { [kind] = rule };
        static RowWrite<string> KeyChange(RowWrite<string> write) => write with
        {
            Stamp = new Stamp(write.Stamp.Version, write.Stamp.Position with { Ordinal = 1 }),
        };
    }

    /// <summary>B's second write knows its first, and not A's, which is in the row: by the last write alone A's would be lost.</summary>
    [Fact]
    public void Who_has_not_seen_all_that_a_function_put_together_is_put_together_with_it()
    {
        var first = Write(2, A, "x", "9", Insert);
        RowWrite<string>[] writes =
            [Write(4, B, "5", "6", Insert, Write(3, B, "x", "5", Insert)), first, Write(3, B, "x", "5", Insert), Insert];
        Assert.Equal("9+5+6", Fold(RowRule.Of(ConflictRule.SqlFunction), writes));
        var seen = Write(5, C, "9+5+6", "seen", [first, .. writes]);
        Assert.Equal("seen", Fold(RowRule.Of(ConflictRule.SqlFunction), [seen, .. writes]));
    }

    [Fact]
    public void What_a_function_returns_is_the_row_but_for_columns_with_rules()
    {
        var (kept, gone) = (Write(2, A, "x", "9", Insert), Write(3, B, "x", "", Insert) with { New = null });
        var rule = RowRule.Of(ConflictRule.SqlFunction);
        Assert.Equal("9", Fold(rule, [gone, kept, Insert])); // a delete that the function does not let stand
        Assert.Null(Fold(rule, [Insert, kept, Write(3, B, "x", "no", Insert)]));
        Assert.Equal("5", Fold(rule, [Insert, kept, Write(3, B, "x", "5", Insert)], ColumnRule.LastWrite));
        Assert.Null(Fold(rule, [Insert, Write(2, A, "x", "", Insert) with { New = null }, gone])); // nobody is asked
    }

    static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);

    static string? Fold(RowRule rule, RowWrite<string>[] arriving, ColumnRule column = ColumnRule.WithRow)
    {
        var fold = new RowFold<string>(rule, [B], [column], (_, _, _, next) => next)
        {
            Ask = question => question switch
            {
                { Next: ["no"] } => null,
                { Present: [var present], Next: [var next] } => [$"{present}+{next}"],
                _ => question.Next ?? question.Present ?? throw new InvalidOperationException("asked about two deletes"),
            },
        };
        var history = new RowHistory<string>(fold);
        Array.ForEach(arriving, history.Add);
        var before = history.State;
        history.SettleUpTo(3);
        Assert.Equal(before?.Values, history.State?.Values);
        return history.State is { Exists: true } state ? state.Values[0] : null;
    }

    static RowWrite<string> Write(long tick, int writer, string? old, string value, params RowWrite<string>[] known) =>
        Writes.Of(tick, writer, old, value, known);
}
