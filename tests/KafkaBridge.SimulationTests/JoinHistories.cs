using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

/// <summary>Nodes join, leave, are lost and go back to backups, with both kinds of rules.</summary>
public sealed class JoinHistories(ITestOutputHelper output)
{
    const ulong Seeds = 10_000;

    public static TheoryData<string> Broken => [.. Mutants.OfJoins.Select(mutant => mutant.ToString())];
    public static TheoryData<string> BrokenWithRules => [.. Mutants.OfFoldedJoins.Select(mutant => mutant.ToString())];

    [Fact]
    public void Ten_thousand_histories_end_alike() => RunAll(JoinedHistories.FromSeed);

    [Fact]
    public void Ten_thousand_histories_with_rules_that_need_a_rows_history_end_alike() => RunAll(JoinedHistories.WithRules);

    /// <summary>Once, a backup was restored that had what was never published, though its node's log had gone on without.</summary>
    [Theory]
    [InlineData(14_226)]
    [InlineData(15_324)]
    [InlineData(31_408)]
    public void A_seed_that_once_failed_holds(ulong seed) => Assert.Null(Simulation.Run(JoinedHistories.FromSeed(seed)).Failure);

    [Theory]
    [InlineData(38_872)]
    [InlineData(86_239)]
    [InlineData(115_578)]
    [InlineData(180_690)]
    public void A_seed_of_rules_that_once_failed_holds(ulong seed) =>
        Assert.Null(Simulation.Run(JoinedHistories.WithRules(seed)).Failure);

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_found(string name) => Find(name, JoinedHistories.FromSeed);

    [Theory]
    [MemberData(nameof(BrokenWithRules))]
    public void A_broken_rule_is_found_where_rows_have_histories(string name) => Find(name, JoinedHistories.WithRules);

    void RunAll(Func<ulong, History> drawn)
    {
        var (transactions, byWhoJoined) = (0, 0);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var outcome = Simulation.Run(drawn(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
            transactions += outcome.Transactions;
            byWhoJoined += outcome.ByWhoJoined;
        }

        output.WriteLine($"{Seeds} histories, {transactions} transactions, {byWhoJoined} of nodes that joined");
        Assert.True(byWhoJoined > transactions / 50, "nodes that joined hardly wrote");
        Assert.Equal(Simulation.Run(drawn(1)), Simulation.Run(drawn(1)));
    }

    void Find(string name, Func<ulong, History> drawn) =>
        BrokenRule.RequireFound(name, Seeds, drawn, DirectedJoins.All.Values, output);
}
