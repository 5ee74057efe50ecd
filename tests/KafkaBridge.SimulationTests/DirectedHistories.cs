using KafkaBridge.SimulationTests.Model;

namespace KafkaBridge.SimulationTests;

/// <summary>
/// The minimal histories on which the obvious rules diverge (numbers: the findings in convergence.md), each with the
/// broken rule it tells apart.
/// </summary>
public sealed class DirectedHistories
{
    const int A = 0;
    const int B = 1;
    const int Everything = 100;

    static readonly LocalStatement Upsert = new(LocalKind.Upsert);
    static readonly LocalStatement Delete = new(LocalKind.Delete);

    static IReadOnlyDictionary<string, (History History, Mutant[] Broken)> All { get; } = new Dictionary<string, (History, Mutant[])>
    {
        ["Finding 1 a local delete meets an older insert"] = (Tied(
            Commit(A, Upsert), Capture(A), Commit(B, Upsert), Commit(B, Delete), Deliver(A, to: B)), [Mutant.SelfApplyLeftOut]),
        ["Finding 2 the clock steps back before a delete"] = (Tied(
            Commit(A, Upsert), Capture(A), Step(A, -4), Commit(A, Delete)), [Mutant.NotMonotone]),
        ["Finding 2 the clock steps back after a remote change"] = (Tied(
            Commit(B, Upsert), Capture(B), Deliver(B, to: A), Step(A, -3), Commit(A, Delete)), [Mutant.NoF]),
        ["Finding 2 another version lies between"] = (Tied(
            Commit(A, Upsert), Capture(A), Step(A, -4), Step(B, -2), Commit(B, Upsert), Capture(B), Commit(A, Upsert),
            Capture(A), Deliver(A, to: A), Deliver(B, to: A)), [Mutant.NotMonotone, Mutant.OverridesIgnored, Mutant.LiftedNotSelfApplied]),
        ["Finding 3 a tombstone goes at an equal tick"] = (Tied(
            Commit(A, Upsert), Capture(A), Commit(A, Upsert), Commit(B, Upsert), Commit(B, Delete), Capture(B),
            Deliver(A, to: B), Deliver(B, to: B), new(EventKind.Collect, B)), [Mutant.CollectionByCommitTime]),
        ["Finding 3 a stalled commit comes after the promise"] = (Tied(
            new(EventKind.Stall, A, Statements: [Upsert]), Step(A, 4), new(EventKind.Heartbeat, A),
            Step(B, 1), Commit(B, Upsert), Commit(B, Delete), Capture(B), Step(B, 4), new(EventKind.Heartbeat, B),
            Deliver(A, to: B), Deliver(B, to: B), new(EventKind.Collect, B), new(EventKind.Resume, A)), [Mutant.NoW]),
        ["Finding 7 a key is used again within a tick"] = (Tied(
            Commit(A, Upsert), Commit(A, Delete), Commit(A, Upsert)), [Mutant.PositionsIgnored]),
        ["Finding 7 a truncate and an insert in one transaction"] = (Tied(
            Commit(B, Upsert), Capture(B), Deliver(B, to: A), Commit(A, new(LocalKind.Truncate), Upsert)), [Mutant.PositionsIgnored]),
        ["Finding 7 a key moves away and back"] = (Tied(
            Commit(A, Upsert), Commit(A, new LocalStatement(LocalKind.MoveKey, 0, 1)),
            Commit(A, new LocalStatement(LocalKind.MoveKey, 1, 0))),
            [Mutant.PositionsIgnored]),
        ["A row written after a savepoint is lifted"] = (Tied(
            Commit(A, Upsert), Capture(A), Step(A, -4), Commit(A, Upsert with { AfterSavepoint = true })), [Mutant.OwnRowByTransactionId]),
        ["A later local write meets the lifted one before it"] = (Tied(
            Commit(B, Upsert), Capture(B), Deliver(B, to: A), Step(A, -4), Commit(A, Upsert), Step(A, 5),
            Commit(A, Upsert)), [Mutant.RawLocalRowsTouched]),
        // The tombstone of the first delete stays beside the row inserted after it; the next delete, not yet applied
        // here, meets an older insert.
        ["A local insert leaves its lower tombstone behind"] = (Tied(
            Commit(A, Upsert), Commit(A, Delete), Capture(A), Deliver(A, to: A), Step(A, 2), Commit(A, Upsert),
            Step(B, 1), Commit(B, Upsert), Capture(B), Step(A, 2), Commit(A, Delete), Deliver(B, to: A)), [Mutant.SelfApplyLeftOut]),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_converges_and_without_its_rule_it_does_not(string name)
    {
        var (history, broken) = All[name];
        Assert.Null(Simulation.Run(history).Failure);
        Assert.All(broken, mutant => Assert.NotNull(Simulation.Run(history, mutant).Failure));
    }

    /// <summary>All clocks begin at one tick; promises go as far as the clock.</summary>
    static History Tied(params SimulatedEvent[] events) => new([100_000, 100_000], Keys: 2, Slack: 0, events);

    static SimulatedEvent Commit(int node, params LocalStatement[] statements) => new(EventKind.Commit, node, Statements: statements);

    static SimulatedEvent Capture(int node) => new(EventKind.Capture, node, Amount: Everything);

    static SimulatedEvent Deliver(int origin, int to) => new(EventKind.Deliver, to, origin, Everything);

    static SimulatedEvent Step(int node, int ticks) => new(EventKind.ClockSteps, node, Amount: ticks * 1000);
}
