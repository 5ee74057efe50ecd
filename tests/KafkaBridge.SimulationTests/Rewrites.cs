using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;
using static KafkaBridge.SimulationTests.Model.Events;

namespace KafkaBridge.SimulationTests;

/// <summary>Histories in which tables are rewritten, on each node at its own time: finding 5 of convergence.md.</summary>
public sealed class Rewrites(ITestOutputHelper output)
{
    const ulong Seeds = 10_000;

    static readonly IReadOnlyDictionary<string, (History History, Mutant[] Broken)> Directed =
        new Dictionary<string, (History, Mutant[])>
    {
        ["Finding 5 a table is rewritten before an update arrives"] = (Tied(
            Commit(A, Upsert), Capture(A), Deliver(A, to: B), Step(B, 15), Commit(B, Upsert), Capture(B), Step(A, 20), Commit(A, Rewrite),
            Deliver(B, to: A), Step(B, 6), Commit(B, Rewrite)), [Mutant.RewriteUnnoticed]),
        ["A table is rewritten that has a newer row"] = (Tied(
            Commit(B, Upsert), Capture(B), Step(A, 15), Commit(A, Upsert), Capture(A), Step(A, 5), Commit(A, Rewrite),
            Deliver(B, to: A)), [Mutant.RewriteForgetsVersions]),
        ["A row below the horizon is rewritten"] = (Tied(
            Commit(A, Upsert), Capture(A), Deliver(A, to: B), Step(A, 9), Step(B, 9), Promise(A), Promise(B), Deliver(A, to: A),
            Deliver(B, to: A), new(EventKind.Collect, A), Step(B, 1), Commit(B, Upsert), Capture(B), Step(A, 5), Commit(A, Rewrite)),
            [Mutant.RewriteUnnoticed, Mutant.RewriteNotNoted]),
        ["An own row is rewritten before the delete that preceded it is self-applied"] = (Tied(
            Commit(A, Upsert), Commit(A, Delete), Commit(A, Upsert), Step(A, 1), Commit(A, Rewrite)),
            [Mutant.RewriteForgetsWhoWrote]),
        ["Another node's row is rewritten before an own delete is self-applied"] = (Tied(
            Commit(B, Upsert), Capture(B), Step(A, 1), Commit(A, Upsert), Commit(A, Delete), Deliver(B, to: A), Step(A, 1),
            Commit(A, Rewrite)), [Mutant.RewriteUnnoticed]),
        ["The transaction that rewrites a table has written to it"] = (Tied(
            Commit(B, Upsert), Capture(B), Step(A, 3), Commit(A, Upsert, Rewrite), Capture(A), Deliver(A, to: A), Deliver(B, to: A)),
            [Mutant.RewriterNotSelfApplied]),
        ["The transaction that rewrites a table writes to it afterwards"] = (Tied(
            Commit(A, Upsert), Step(B, 1), Commit(B, Upsert), Capture(B), Step(A, 3), Commit(A, Rewrite, Upsert), Deliver(B, to: A)),
            [Mutant.RewriterNotSelfApplied]),
        // The visible row 0 is above the hidden row 1, and both are below the horizon; then row 1's other value is free.
        ["A row that hides another is rewritten"] = (Tied(
            Commit(B, Row(1, 7, 9)), Capture(B), Step(A, 5), Commit(A, Row(0, 7, 8), Row(2, 0, 9)), Capture(A), Deliver(B, to: A),
            Deliver(A, to: B), Step(A, 20), Step(B, 25), Promise(A), Promise(B), Deliver(A, to: A), Deliver(B, to: A),
            new(EventKind.Collect, A), Commit(A, Rewrite), Step(B, 1), Commit(B, Gone(2)), Capture(B), Deliver(B, to: A)),
            [Mutant.RewriteForgetsBesideHidden]),
    };

    public static TheoryData<string> Names => [.. Directed.Keys];

    public static TheoryData<string> Broken => [.. Mutants.OfRewrites.Select(mutant => mutant.ToString())];

    [Fact]
    public void Ten_thousand_histories_end_alike()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var outcome = Simulation.Run(HistoryGenerator.WithRewrites(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_converges_and_without_its_rule_it_does_not(string name) => DirectedHistory.Require(Directed[name]);

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_found(string name) =>
        BrokenRule.RequireFound(name, Seeds, HistoryGenerator.WithRewrites, Directed.Values, output);

    /// <summary>Once, a row was taken for the rewriting transaction's when an earlier one had the same commit time.</summary>
    [Theory]
    [InlineData(152)]
    [InlineData(216)]
    [InlineData(265)]
    [InlineData(324)]
    [InlineData(441)]
    public void A_seed_that_once_failed_holds(ulong seed) =>
        Assert.Null(Simulation.Run(HistoryGenerator.WithRewrites(seed)).Failure);

    static History Tied(params SimulatedEvent[] events) => Events.Tied(keys: 4, slack: 0, events);
}
