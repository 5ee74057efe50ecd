using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

/// <summary>Rules that fold a row's writes in the order of their stamps, with every rule for columns; a million: <c>-- rules</c>.</summary>
public sealed class RuleHistories(ITestOutputHelper output)
{
    const ulong Seeds = 10_000;

    public static TheoryData<string> Broken => [.. Mutants.OfFolds.Select(mutant => mutant.ToString())];
    public static TheoryData<string> BrokenByKind => [.. Mutants.OfKinds.Select(mutant => mutant.ToString())];
    public static TheoryData<string> BrokenFunctions => [.. Mutants.OfFunctions.Select(mutant => mutant.ToString())];

    [Fact]
    public void Ten_thousand_histories_end_alike_and_counters_are_exact() => RunAll(FoldedHistories.FromSeed);

    [Fact]
    public void Ten_thousand_histories_with_rules_by_kind_end_alike() => RunAll(FoldedHistories.WithKinds);

    [Fact]
    public void Ten_thousand_histories_in_which_a_function_decides_end_alike() => RunAll(FoldedHistories.WithFunction);

    public static TheoryData<object> Kinds => [.. ConflictKindNames.WithStrategy];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void All_histories_of_three_changes_end_alike_where_one_kind_has_another_rule(object kind)
    {
        foreach (var (row, other) in new[] { (ConflictRule.LastUpdateWins, ConflictRule.FirstUpdateWins),
            (ConflictRule.Error, ConflictRule.LastUpdateWins), (ConflictRule.FirstUpdateWins, ConflictRule.OriginPriority),
            (ConflictRule.FirstUpdateWins, ConflictRule.SqlFunction) })
        {
            var rules = new FoldRules(row, [ColumnRule.WithRow])
            {
                Kinds = new Dictionary<ConflictKind, ConflictRule> { [(ConflictKind)kind] = other },
            };
            var small = new SmallHistories(Mutant.None, rules, keys: 1);
            small.RunAll(depth: 3);
            output.WriteLine($"{rules}: {small.Count} histories");
            Assert.Null(small.Failure);
        }
    }

    void RunAll(Func<ulong, History> drawn)
    {
        var (transactions, concurrent) = (0, 0);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var outcome = Simulation.Run(drawn(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
            transactions += outcome.Transactions;
            concurrent += outcome.Conflicts;
        }

        output.WriteLine($"{Seeds} histories, {transactions} transactions, {concurrent} writes concurrent with an earlier one");
        Assert.True(concurrent > transactions / 10);
        Assert.Equal(Simulation.Run(drawn(1)), Simulation.Run(drawn(1)));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_found(string name) => Find(name, FoldedHistories.FromSeed);

    [Theory]
    [MemberData(nameof(BrokenByKind))]
    public void A_broken_rule_by_kind_is_found(string name) => Find(name, FoldedHistories.WithKinds);

    [Theory]
    [MemberData(nameof(BrokenFunctions))]
    public void A_broken_function_is_found(string name) => Find(name, FoldedHistories.WithFunction);

    void Find(string name, Func<ulong, History> drawn) =>
        BrokenRule.RequireFound(name, Seeds, drawn, DirectedRuleHistories.All.Values, output);
}
