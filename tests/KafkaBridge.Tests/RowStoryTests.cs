using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Rows;
using KafkaBridge.Wire;

namespace KafkaBridge.Tests;

public sealed class RowStoryTests
{
    static readonly string[] Names = ["eu", "us", "ap"];

    [Fact]
    public void A_write_that_knew_the_last_one_follows_it()
    {
        var steps = Tell(Insert(0, 10, "a"), Update(1, 20, "b", (0, 10)), Update(1, 30, "c", (0, 10)));
        Assert.Equal([RowOutcome.Followed, RowOutcome.Followed, RowOutcome.Stands], steps.Select(step => step.Outcome));
        Assert.All(steps, step => Assert.Null(step.Conflict));
        Assert.Equal("the first write of the row that the log has", steps[0].Because);
        Assert.StartsWith("had applied eu's insert of ", steps[1].Because, StringComparison.Ordinal);
        Assert.Equal("follows its own update", steps[2].Because);
        Assert.Equal(["name: b → c"], steps[2].Values.Select(value => $"{value.Column}: {value.Old} → {value.New}"));
    }

    [Fact]
    public void Of_two_that_did_not_know_each_other_the_greater_version_wins_and_the_other_is_lost()
    {
        var steps = Tell(Insert(0, 10, "a"), Update(0, 20, "b"), Update(1, 23, "c", (0, 10)));
        Assert.Equal([RowOutcome.Followed, RowOutcome.Lost, RowOutcome.Stands], steps.Select(step => step.Outcome));
        Assert.Equal("update_origin_differs", steps[2].Conflict);
        Assert.Matches(
            "^wins over eu's update of .* by last_update_wins, as neither knew of the other: its version is 12 ms later$",
            steps[2].Because);
        Assert.Matches("^follows its own insert; lost to us's update of .*, which did not know it$", steps[1].Because);
        Assert.Equal("a", steps[2].Values.Single().Old.ToString()); // what us saw, not what stood elsewhere
    }

    [Fact]
    public void A_write_that_was_overtaken_elsewhere_and_written_on_is_not_lost()
    {
        var steps = Tell(Insert(0, 10, "a"), Update(0, 20, "b"), Update(1, 21, "c", (0, 10)), Update(0, 22, "d"));
        Assert.Equal(
            [RowOutcome.Followed, RowOutcome.Followed, RowOutcome.Lost, RowOutcome.Stands], steps.Select(step => step.Outcome));
        Assert.Equal("b", steps[3].Values.Single().Old.ToString());
        Assert.Equal("update_origin_differs", steps[3].Conflict);
    }

    [Fact]
    public void Equal_ticks_go_to_the_higher_number_and_deletes_and_truncates_are_told_by_their_kinds()
    {
        var steps = Tell(
            Insert(0, 10, "a"), Write('d', 1, 20, null, (0, 10)), Update(2, 20, "b", (0, 10)), Write('t', 0, 30, null, (1, 20)));
        Assert.Equal([null, null, "update_deleted", "truncate_differs"], steps.Select(step => step.Conflict));
        Assert.Contains(
            "both are of one tick of 4 ms, and then the higher node number decides", steps[2].Because, StringComparison.Ordinal);
        Assert.Equal(RowOutcome.Stands, steps[3].Outcome);
        Assert.True(steps[3].Write.Removes);
    }

    [Fact]
    public void A_log_that_was_cut_does_not_call_its_first_write_the_first()
    {
        Assert.StartsWith("what was before is not in the log", Tell(true, Insert(0, 10, "a"))[0].Because, StringComparison.Ordinal);
        Assert.StartsWith("what was before is not in the log", Tell(Update(0, 10, "a"))[0].Because, StringComparison.Ordinal);
        Assert.Empty(Tell(Write('t', 0, 30, null)));
    }

    [Fact]
    public void The_story_is_the_same_in_whatever_order_it_is_read()
    {
        LoggedWrite[] writes = [Insert(0, 10, "a"), Update(0, 20, "b"), Update(1, 21, "c", (0, 10)), Update(0, 22, "d")];
        Assert.Equal(
            Tell(writes).Select(step => (step.Outcome, step.Because)),
            Tell([.. writes.Reverse()]).Select(step => (step.Outcome, step.Because)));
    }

    [Fact]
    public void Other_rules_are_told_by_their_names()
    {
        var merged = new Dictionary<string, ColumnRule> { ["name"] = ColumnRule.TextMerge };
        var first = new TableRule(RowRule.Of(ConflictRule.FirstUpdateWins), merged);
        LoggedWrite[] writes = [Insert(0, 10, "a"), Update(0, 20, "b"), Update(1, 21, "c", (0, 10))];
        var steps = RowStory.Tell(writes, first, [], number => Names[number], isCut: false);
        Assert.Equal([RowOutcome.Followed, RowOutcome.Stands, RowOutcome.Lost], steps.Select(step => step.Outcome));
        Assert.Matches(
            "^loses to eu's update of .* by first_update_wins, as neither knew of the other; put together: name by text_merge$",
            steps[2].Because);
        var preferred = first with { Row = RowRule.Of(ConflictRule.OriginPriority) };
        Assert.Equal(RowOutcome.Stands, RowStory.Tell(writes, preferred, [1, 0], number => Names[number], isCut: false)[2].Outcome);
        Assert.Equal(RowOutcome.Lost, RowStory.Tell(writes, preferred, [0, 1], number => Names[number], isCut: false)[2].Outcome);
    }

    [Fact]
    public void What_a_function_puts_together_is_not_lost_and_who_knew_a_part_is_told_so()
    {
        var rule = TableRule.Of(RowRule.Of(ConflictRule.SqlFunction) with { Function = new RelationName("app", "merge") });
        LoggedWrite[] writes = [Insert(0, 10, "a"), Update(0, 20, "b"), Update(1, 21, "c", (0, 10)), Update(1, 22, "d", (0, 10))];
        var steps = RowStory.Tell(writes, rule, [], number => Names[number], isCut: false);
        Assert.Equal(
            [RowOutcome.Followed, RowOutcome.Followed, RowOutcome.Followed, RowOutcome.Stands], steps.Select(step => step.Outcome));
        Assert.Equal([false, false, true, true], steps.Select(step => step.IsPutTogether));
        Assert.Matches("^put together with eu's update of .* by sql_function app.merge, as neither knew of the other$", steps[2].Because);
        Assert.Matches("^put together with us's update of .*, as it had not seen all that was put together there$", steps[3].Because);
    }

    static IReadOnlyList<RowStep> Tell(params LoggedWrite[] writes) => Tell(false, writes);

    static IReadOnlyList<RowStep> Tell(bool isCut, params LoggedWrite[] writes) =>
        RowStory.Tell(writes, TableRule.Of(RowRule.LastUpdateWins), [], number => Names[number], isCut);

    static LoggedWrite Insert(int node, long tick, string name) => Write('c', node, tick, name);

    static LoggedWrite Update(int node, long tick, string name, params (int Node, long Tick)[] knew) => Write('u', node, tick, name, knew);

    /// <summary>A transaction of its own, whose position is its tick.</summary>
    static LoggedWrite Write(char op, int node, long tick, string? name, params (int Node, long Tick)[] knew)
    {
        var transaction = new SpineTransaction
        {
            CommitLsn = new Lsn((ulong)tick),
            Xid = (uint)tick,
            CommitTime = tick * Tick.Microseconds,
            VersionTick = tick,
            SelfApply = false,
            RecordCount = 1,
            Extents = [],
            Vector =
            [
                .. knew.Select(known => new Knowledge(
                    known.Node, new TransactionPosition(1, new Lsn((ulong)known.Tick)), known.Tick)),
            ],
        };
        return new LoggedWrite(
            new RecordPlace("t", node, tick), new RecordHeader(RecordFlags.None, node, 1, 1, transaction.CommitLsn, tick, 0), transaction,
            op, ["id", "name"], null, name is null ? null : [ColumnValue.Of("1"), ColumnValue.Of(name)]);
    }
}
