using System.Diagnostics;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>One write onto what stands: A inserted the row, then wrote "a", or deleted it; B's may be beside, by a function.</summary>
public sealed class RowFoldStepTests
{
    const int A = 0;
    const int B = 1;
    const int C = 2;

    static readonly RowWrite<string> Insert = Writes.Of(1, A, old: null, "x");
    static readonly RowWrite<string> Last = Writes.Of(3, A, "x", "a");
    static readonly RowWrite<string> Beside = Writes.Of(2, B, "x", "b", Insert);
    static readonly RowState<string> There = new(Insert.Stamp, Last.Stamp, Exists: true, ["a"]);
    static readonly RowState<string> PutTogether = There with { Beside = [Beside.Stamp] };

    [Fact]
    public void What_was_never_written_is_no_row_until_an_insert()
    {
        Assert.Null(Fold(ConflictRule.LastUpdateWins).Step(null, Gone(Last)));
        Is(new(Last.Stamp, Last.Stamp, Exists: true, ["a"]) { Beside = [] }, Fold(ConflictRule.LastUpdateWins).Step(null, Last));
    }

    [Fact]
    public void Who_knew_all_that_stands_takes_under_any_rule()
    {
        var next = Writes.Of(5, C, "a", "c", Last, Beside);
        foreach (var rule in Enum.GetValues<ConflictRule>())
        {
            Is(PutTogether with { Written = next.Stamp, Values = ["c"], Beside = [] }, Fold(rule).Step(PutTogether, next));
            Is(PutTogether with { Written = next.Stamp, Exists = false, Beside = [] }, Fold(rule).Step(PutTogether, Gone(next)));
        }
    }

    [Fact]
    public void Who_did_not_know_the_last_or_one_beside_it_loses_to_what_stands()
    {
        var fold = Fold(ConflictRule.FirstUpdateWins);
        foreach (var known in new[] { Last, Beside })
        {
            var next = Writes.Of(5, C, "a", "c", Insert, known);
            Is(PutTogether, fold.Step(PutTogether, next));
            Is(PutTogether, fold.Step(PutTogether, Gone(next)));
            Is(PutTogether, fold.Step(PutTogether, next with { Old = null }));
        }
    }

    [Fact]
    public void A_loser_does_not_bring_a_deleted_row_back_and_a_winner_does()
    {
        var deleted = There with { Exists = false };
        var next = Writes.Of(5, C, "x", "c", Insert);
        Is(deleted, Fold(ConflictRule.FirstUpdateWins).Step(deleted, next));
        Is(There with { Written = next.Stamp, Values = ["c"] }, Fold(ConflictRule.LastUpdateWins).Step(deleted, next));
    }

    [Fact]
    public void An_insert_and_an_update_of_a_row_that_was_before_begin_another_row()
    {
        var fold = new RowFold<string>(RowRule.LastUpdateWins, [], [ColumnRule.Delta], (_, _, _, _) => "merged");
        var insert = Writes.Of(5, C, old: null, "c", Last, Beside);
        var ofAnotherRow = Writes.Of(5, C, "old", "c");
        foreach (var next in new[] { insert, ofAnotherRow })
        {
            Is(new(next.Stamp, next.Stamp, Exists: true, ["c"]), fold.Step(PutTogether, next));
        }

        Is(PutTogether with { Written = insert.Stamp, Exists = false, Beside = [] }, fold.Step(PutTogether, Gone(ofAnotherRow) with
        {
            Stamp = insert.Stamp,
        }));
    }

    [Theory]
    [InlineData(A, B, true)] // of one priority, as neither is in the list, the later
    [InlineData(A, C, true)]
    [InlineData(C, A, false)]
    [InlineData(C, 4, false)]
    [InlineData(4, C, true)]
    public void The_writer_earlier_in_the_list_wins(int standing, int writer, bool takes)
    {
        var state = new RowState<string>(Insert.Stamp, Writes.Of(3, standing, "x", "a").Stamp, Exists: true, ["a"]);
        var fold = new RowFold<string>(RowRule.Of(ConflictRule.OriginPriority), [C, 4], null, (_, _, _, next) => next);
        Assert.Equal(takes ? "c" : "a", fold.Step(state, Writes.Of(5, writer, "x", "c", Insert))!.Values[0]);
    }

    [Fact]
    public void A_column_with_a_rule_takes_differences_and_nothing_from_a_write_that_left_it_alone()
    {
        var fold = new RowFold<string>(
            RowRule.Of(ConflictRule.FirstUpdateWins), [], [ColumnRule.WithRow, ColumnRule.Max],
            (rule, old, present, next) => $"{rule} {old} {present} {next}");
        var state = There with { Values = ["a", "5"] };
        var next = Writes.Of(5, C, "x", "c", Insert) with { Old = ["x", "4"], New = ["c", "6"] };
        Is(state with { Values = ["a", "Max 4 5 6"] }, fold.Step(state, next));
        Is(state, fold.Step(state, next with { New = ["c", "4"] }));
    }

    [Fact]
    public void A_function_is_asked_with_both_rows_and_versions_and_what_the_write_did_not_know_stays_beside()
    {
        var next = Writes.Of(5, C, "b", "c", Insert, Beside);
        RowQuestion<string>? asked = null;
        var fold = Fold(ConflictRule.SqlFunction).Asking(question =>
        {
            asked = question;
            return ["f"];
        });
        Is(PutTogether with { Written = next.Stamp, Values = ["f"], Beside = [Last.Stamp] }, fold.Step(PutTogether, next));
        Assert.Equal(("a", Last.Stamp.Version, "c", next.Stamp.Version), Parts(asked));

        Is(There with { Written = next.Stamp, Values = ["f"], Beside = [Last.Stamp] }, fold.Step(There with { Exists = false }, next));
        Assert.Equal((null, Last.Stamp.Version, "c", next.Stamp.Version), Parts(asked));

        Is(There with { Written = next.Stamp, Values = ["f"], Beside = [Last.Stamp] }, fold.Step(There, Gone(next)));
        Assert.Equal(("a", Last.Stamp.Version, null, next.Stamp.Version), Parts(asked));

        asked = null;
        var both = There with { Exists = false };
        Is(both with { Written = next.Stamp, Beside = [Last.Stamp] }, fold.Step(both, Gone(next)));
        Assert.Null(asked);

        var unseen = Writes.Of(5, C, "x", "c", Insert);
        Is(
            PutTogether with { Written = unseen.Stamp, Values = ["f"], Beside = [Beside.Stamp, Last.Stamp] },
            fold.Step(PutTogether, unseen));

        static (string?, RowVersion, string?, RowVersion) Parts(RowQuestion<string>? question) => question is { } one
            ? (one.Present?[0], one.PresentVersion, one.Next?[0], one.NextVersion)
            : default;
    }

    [Fact]
    public void A_function_that_answers_no_row_deletes_and_what_was_written_is_kept()
    {
        var fold = Fold(ConflictRule.SqlFunction).Asking(_ => null);
        var next = Writes.Of(5, C, "x", "c", Insert);
        Is(There with { Written = next.Stamp, Exists = false, Values = ["c"], Beside = [Last.Stamp] }, fold.Step(There, next));
        Is(There with { Written = next.Stamp, Exists = false, Beside = [Last.Stamp] }, fold.Step(There, Gone(next)));
    }

    [Fact]
    public void A_functions_row_has_its_own_columns_and_those_with_rules_go_by_them()
    {
        var fold = new RowFold<string>(
            RowRule.Of(ConflictRule.SqlFunction), [], [ColumnRule.WithRow, ColumnRule.Max], (_, _, _, _) => "merged")
        {
            Ask = _ => ["f", "ignored"],
        };
        var state = There with { Values = ["a", "5"] };
        var update = Writes.Of(5, C, "x", "c", Insert) with { Old = ["x", "4"], New = ["c", "6"] };
        var after = state with { Written = update.Stamp, Beside = [Last.Stamp] };
        Is(after with { Values = ["f", "merged"] }, fold.Step(state, update));
        Is(after with { Values = ["f", "5"] }, fold.Step(state, Gone(update)));
        Is(after with { Inserted = update.Stamp, Values = ["f", "6"] }, fold.Step(state, update with { Old = null }));
    }

    [Fact]
    public void Without_a_function_to_ask_it_says_so() => Assert.Contains(
        "nobody is there to ask",
        Assert.Throws<UnreachableException>(
            () => Fold(ConflictRule.SqlFunction).Step(There, Writes.Of(5, C, "x", "c", Insert))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_writer_knows_what_it_wrote_before_and_not_what_it_wrote_after()
    {
        Assert.True(Last.Knows(Insert.Stamp) && Last.Knows(Last.Stamp));
        Assert.False(Insert.Knows(Last.Stamp));
        Assert.Equal(ConflictKind.DeleteMissing, Gone(Last).KindAgainst(isThere: false));
    }

    [Theory]
    [InlineData(0, ConflictKind.InsertExists, ConflictKind.InsertDeleted)]
    [InlineData(1, ConflictKind.UpdateExists, ConflictKind.UpdateDeleted)]
    [InlineData(2, ConflictKind.InsertExists, ConflictKind.InsertDeleted)]
    public void An_odd_ordinal_tells_a_key_change_from_an_insert(int ordinal, ConflictKind there, ConflictKind gone)
    {
        var insert = Insert with { Stamp = Insert.Stamp with { Position = Insert.Stamp.Position with { Ordinal = ordinal } } };
        Assert.Equal((there, gone), (insert.KindAgainst(isThere: true), insert.KindAgainst(isThere: false)));
    }

    static RowFold<string> Fold(ConflictRule rule) => new(RowRule.Of(rule), [], null, (_, _, _, next) => next);

    static RowWrite<string> Gone(RowWrite<string> write) => write with { Old = write.Old ?? ["x"], New = null };

    static void Is(RowState<string> expected, RowState<string>? state)
    {
        Assert.Equal((expected.Inserted, expected.Written, expected.Exists), (state!.Inserted, state.Written, state.Exists));
        Assert.Equal(expected.Values, state.Values);
        Assert.Equal(expected.Beside, state.Beside);
    }
}
