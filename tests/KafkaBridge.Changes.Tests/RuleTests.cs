using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>What a table's rule says of itself.</summary>
public sealed class RuleTests
{
    static readonly RowRule ByKind = new(ConflictRule.LastUpdateWins, new Dictionary<ConflictKind, ConflictRule>
    {
        [ConflictKind.InsertDeleted] = ConflictRule.SqlFunction,
        [ConflictKind.InsertExists] = ConflictRule.FirstUpdateWins,
    })
    {
        Function = new RelationName("public", "decide"),
    };

    [Fact]
    public void A_rule_by_kind_decides_its_kind_and_the_default_all_others()
    {
        Assert.Equal(
            (ConflictRule.SqlFunction, ConflictRule.LastUpdateWins),
            (ByKind.For(ConflictKind.InsertDeleted), ByKind.For(ConflictKind.UpdateDeleted)));
        Assert.True(ByKind.Uses(ConflictRule.SqlFunction) && ByKind.Uses(ConflictRule.LastUpdateWins));
        Assert.False(ByKind.Uses(ConflictRule.Manual));
    }

    [Fact]
    public void History_is_needed_by_any_kind_or_column_that_two_versions_can_not_decide()
    {
        Assert.False(TableRule.Of(RowRule.LastUpdateWins).NeedsHistory);
        Assert.True(TableRule.Of(RowRule.Of(ConflictRule.Manual)).NeedsHistory);
        Assert.True(TableRule.Of(ByKind).NeedsHistory);
        Assert.True(Counter(RowRule.LastUpdateWins).NeedsHistory);
    }

    [Fact]
    public void Its_text_is_the_same_for_the_same_rule()
    {
        Assert.Equal(
            "last_update_wins, insert_exists: first_update_wins, insert_deleted: sql_function public.decide, a: max, b: delta",
            new TableRule(ByKind, new Dictionary<string, ColumnRule> { ["b"] = ColumnRule.Delta, ["a"] = ColumnRule.Max }).ToString());
    }

    [Fact]
    public void Of_two_deletes_error_stops_nobody_and_no_function_is_asked()
    {
        var error = TableRule.Of(RowRule.Of(ConflictRule.Error));
        Assert.Equal(("manual", "error"), (error.Resolver(ConflictKind.DeleteMissing), error.Resolver(ConflictKind.UpdateDeleted)));
        var function = TableRule.Of(RowRule.Of(ConflictRule.SqlFunction) with { Function = new RelationName("public", "decide") });
        Assert.Equal(
            ("last_update_wins", "sql_function public.decide"),
            (function.Resolver(ConflictKind.DeleteMissing), function.Resolver(ConflictKind.UpdateDeleted)));
    }

    [Fact]
    public void Rows_are_put_together_by_columns_rules_or_a_function()
    {
        Assert.True(Counter(RowRule.LastUpdateWins).PutsTogether(ConflictKind.DeleteMissing));
        Assert.True(TableRule.Of(ByKind).PutsTogether(ConflictKind.InsertDeleted));
        Assert.False(TableRule.Of(ByKind).PutsTogether(ConflictKind.InsertExists));
        Assert.False(TableRule.Of(RowRule.Of(ConflictRule.SqlFunction)).PutsTogether(ConflictKind.DeleteMissing));
    }

    [Theory]
    [InlineData("keep_local")]
    [InlineData("apply_remote")]
    public void A_rule_that_can_not_converge_is_refused_with_the_reason(string rule) =>
        Assert.Contains(
            "can't converge", Assert.Throws<FormatException>(() => ConflictRuleNames.Parse(rule)).Message, StringComparison.Ordinal);

    static TableRule Counter(RowRule row) => new(row, new Dictionary<string, ColumnRule> { ["n"] = ColumnRule.Delta });
}
