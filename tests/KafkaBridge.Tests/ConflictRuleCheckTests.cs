using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Gates;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Tests;

/// <summary>A table public.account (id integer key, balance numeric) under several rules.</summary>
public sealed class ConflictRuleCheckTests
{
    const string Table = "public.account";

    static readonly ColumnDefinition Id = new("id", 23, "integer", true, true, false, false, false, null, "OPERATOR(pg_catalog.=)");
    static readonly ColumnDefinition Balance = Id with { Name = "balance", TypeOid = 1700, TypeName = "numeric", IsKey = false };
    static readonly TableDefinition Account = new(
        1, new RelationName("public", "account"), ReplicaIdentity.Full, [Id, Balance], KeyIsDeferrable: false, []);

    [Fact]
    public void Error_is_for_rows_that_are_not_put_together()
    {
        var error = new RowRule(
            ConflictRule.LastUpdateWins, new Dictionary<ConflictKind, ConflictRule> { [ConflictKind.UpdateDeleted] = ConflictRule.Error });
        Assert.Empty(Findings(TableRule.Of(error)));
        var finding = Assert.Single(Findings(new TableRule(error, Counting("balance"))));
        Assert.Equal(
            "the table public.account can't have the rule last_update_wins, update_deleted: error, balance: delta: error stops the "
            + "origin of the write that lost, and where columns are put together none loses.", finding.Sentence);
        Assert.Equal("write manual, or take the columns of public.account out of 'conflicts'", finding.Remedy);
        Assert.Empty(Findings(new TableRule(RowRule.Of(ConflictRule.Manual), Counting("balance"))));
    }

    [Fact]
    public void A_function_needs_columns_that_can_be_written()
    {
        var rule = TableRule.Of(RowRule.Of(ConflictRule.SqlFunction) with { Function = new RelationName("app", "merge") });
        Assert.Empty(Findings(rule));
        var finding = Assert.Single(Findings(rule, Account with { Columns = [Id, Balance with { IsIdentityAlways = true }] }));
        Assert.Contains("its column balance is GENERATED ALWAYS AS IDENTITY", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_column_is_answered_with_the_nearest() =>
        Assert.Equal("write balance", Assert.Single(Findings(new TableRule(RowRule.LastUpdateWins, Counting("balanc")))).Remedy);

    [Fact]
    public void A_strategy_for_one_kind_needs_a_key_as_any_does() =>
        Assert.Contains("needs a primary key", Assert.Single(Findings(
            TableRule.Of(new(ConflictRule.LastUpdateWins, new Dictionary<ConflictKind, ConflictRule>
            {
                [ConflictKind.InsertExists] = ConflictRule.Manual,
            })),
            Account with { KeyIsDeferrable = true })).Sentence, StringComparison.Ordinal);

    static Dictionary<string, ColumnRule> Counting(string column) => new() { [column] = ColumnRule.Delta };

    static IEnumerable<Finding> Findings(TableRule rule, TableDefinition? table = null) => ConflictRuleCheck.Findings(
        ConflictOptions.LastUpdateWins with { Tables = new Dictionary<string, TableRule> { [Table] = rule } }, [table ?? Account]);
}
