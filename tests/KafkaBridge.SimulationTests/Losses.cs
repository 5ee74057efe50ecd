using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;
using static KafkaBridge.SimulationTests.Model.Events;

namespace KafkaBridge.SimulationTests;

/// <summary>Histories in which servers lose commit times, and keep none for a while: rows of which nobody knows how old they are.</summary>
public sealed class Losses(ITestOutputHelper output)
{
    const ulong Seeds = 10_000;

    static readonly IReadOnlyDictionary<string, (History History, Mutant[] Broken)> Directed =
        new Dictionary<string, (History, Mutant[])>
    {
        ["A row that is newer than an update has lost its time"] = (Tied(
            Commit(B, Upsert), Capture(B), Step(A, 5), Commit(A, Upsert), Commit(A, Gone(1)), Capture(A), Deliver(A, to: A),
            Lose(A, positionWritten: true), Keep(A), Deliver(B, to: A)), [Mutant.LostIsOld]),
        ["A row is written while no times are kept, then an older update comes"] = (Tied(
            Commit(B, Upsert), Capture(B), Step(A, 5), Lose(A), Commit(A, Upsert), Keep(A), Deliver(B, to: A)),
            [Mutant.LostNotAwaited]),
    };

    public static TheoryData<string> Names => [.. Directed.Keys];

    public static TheoryData<string> Broken => [.. Mutants.OfLosses.Select(mutant => mutant.ToString())];

    [Fact]
    public void Ten_thousand_histories_end_alike_once_a_person_has_decided()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var outcome = Simulation.Run(HistoryGenerator.WithLosses(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_converges_and_without_its_rule_it_does_not(string name) => DirectedHistory.Require(Directed[name]);

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_found(string name) =>
        BrokenRule.RequireFound(name, Seeds, HistoryGenerator.WithLosses, [], output);

    /// <summary>
    /// Once, times were lost again before own transactions had noted their versions; and a lifted one had noted its own for the row
    /// of a later one that shares its commit time.
    /// </summary>
    [Theory]
    [InlineData(2478)]
    [InlineData(3764)]
    [InlineData(19529)]
    [InlineData(28236)]
    [InlineData(31654)]
    [InlineData(34903)]
    [InlineData(101842)]
    [InlineData(150357)]
    [InlineData(201202)]
    [InlineData(256642)]
    public void A_seed_that_once_failed_holds(ulong seed) =>
        Assert.Null(Simulation.Run(HistoryGenerator.WithLosses(seed)).Failure);

    static SimulatedEvent Lose(int node, bool positionWritten = false) => new(EventKind.LoseTimes, node, Amount: positionWritten ? 2 : 1);

    static SimulatedEvent Keep(int node) => new(EventKind.KeepTimes, node);

    static History Tied(params SimulatedEvent[] events) => Events.Tied(keys: 4, slack: 0, events);
}
