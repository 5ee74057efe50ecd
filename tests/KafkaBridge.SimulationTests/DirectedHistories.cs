using KafkaBridge.SimulationTests.Model;
using static KafkaBridge.SimulationTests.Model.Events;

namespace KafkaBridge.SimulationTests;

/// <summary>The minimal histories on which the obvious rules diverge (numbers: convergence.md), each with the rules it needs.</summary>
public sealed class DirectedHistories
{
    internal static IReadOnlyDictionary<string, (History History, Mutant[] Broken)> All { get; } =
        new Dictionary<string, (History, Mutant[])>
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
        ["Finding 6 a standby takes over that lost what was published"] = (Tied(
            new(EventKind.BackUp, A), Commit(A, Upsert), Capture(A), Deliver(A, to: B), new(EventKind.FailOver, A)), [Mutant.TailNotRead]),
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
        // The first delete's tombstone stays beside the row inserted after it; the next delete, not applied yet, meets an older insert.
        ["A local insert leaves its lower tombstone behind"] = (Tied(
            Commit(A, Upsert), Commit(A, Delete), Capture(A), Deliver(A, to: A), Step(A, 2), Commit(A, Upsert),
            Step(B, 1), Commit(B, Upsert), Capture(B), Step(A, 2), Commit(A, Delete), Deliver(B, to: A)), [Mutant.SelfApplyLeftOut]),
        ["Finding 4a a hidden row is deleted with its table"] = (Tied(
            Commit(A, Row(1, 7)), Commit(B, Row(3, 7)), Capture(B), Deliver(B, to: A), Commit(A, new LocalStatement(LocalKind.Truncate))),
            [Mutant.TruncateSparesHidden]),
        ["Finding 4a a hidden row's key is written and deleted again"] = (Tied(
            Commit(A, Row(1, 7)), Commit(B, Row(3, 7)), Capture(B), Deliver(B, to: A), Step(A, 5), Commit(A, Row(1, 0)),
            Commit(A, Gone(1)), Step(B, 9), Commit(B, Gone(3))), [Mutant.HiddenOutlivesTombstone]),
        ["Finding 4a a value is released while the hidden row's key is taken"] = (Tied(
            Commit(A, Row(1, 7)), Commit(B, Row(3, 7)), Capture(B), Deliver(B, to: A), Commit(A, Gone(3), Row(1, 0))),
            [Mutant.VoidRowShown]),
        ["Finding 4b a local delete releases"] = (Tied(
            Commit(A, Row(1, 7)), Capture(A), Step(B, 1), Commit(B, Row(2, 7)), Deliver(A, to: B), Commit(B, Gone(2))),
            [Mutant.LocalReleaseNotSettled]),
        ["Finding 4b a local update releases"] = (Tied(
            Commit(A, Row(1, 7)), Capture(A), Step(B, 1), Commit(B, Row(2, 7)), Deliver(A, to: B), Commit(B, Row(2, 8))),
            [Mutant.LocalReleaseNotSettled, Mutant.ReleaseNotSelfApplied]),
        ["Finding 4c a hidden row frees its other value"] = (Tied(
            Commit(A, Row(0, 0, 8)), Capture(A), Step(B, 1), Commit(B, Row(1, 7, 8)), Capture(B), Deliver(A, to: B),
            Step(C, 2), Commit(C, Row(2, 7)), Capture(C), Deliver(A, to: C), Deliver(B, to: C)),
            [Mutant.CascadeLeftOut, Mutant.FirstClaimStays]),
        ["A hidden row of a local session was replaced before it is shown"] = (Tied(
            Commit(A, Row(1, 7)), Commit(B, Row(3, 7)), Capture(B), Deliver(B, to: A), Commit(A, Row(1, 0), Gone(1), Gone(3))),
            [Mutant.HiddenRawIsAlwaysLater]),
        // The row reads lower than what it hides once its override is gone; both are older than anything that may come.
        ["An override is collected while a hidden row is measured by it"] = (Tied(
            Step(A, 5), new(EventKind.Heartbeat, A), Step(A, -5), Commit(A, Row(0, 1)), Capture(A), Deliver(A, to: A),
            Step(C, 3), Commit(C, Row(1, 1, 2)), Capture(C), Step(B, 8), Commit(B, Row(2, 0, 2)), Capture(B), Deliver(C, to: A),
            Deliver(B, to: A), Step(A, 20), Step(B, 12), Step(C, 17), Promise(A), Promise(B), Promise(C), Deliver(A, to: A),
            Deliver(B, to: A), Deliver(C, to: A), new(EventKind.Collect, A), Commit(B, Gone(2)), Capture(B), Deliver(B, to: A)),
            [Mutant.OverrideCollectedBesideHidden]),
        // What shows a hidden row may be far above it.
        ["An override is collected before the version that wrote its row"] = (Tied(
            Commit(A, Row(1, 7)), Capture(A), Step(B, 1), Commit(B, Row(2, 7)), Capture(B), Deliver(A, to: B), Deliver(B, to: A),
            Step(A, 2), Step(C, 2), Promise(A), Promise(B), Promise(C), Step(B, 9), Commit(B, Gone(2)), Capture(B),
            Deliver(A, to: C), Step(C, 1), Commit(C, Row(1, 7)), Deliver(A, to: A), Deliver(B, to: A), Deliver(C, to: A),
            new(EventKind.Collect, A), Capture(C), Deliver(C, to: A)),
            [Mutant.OverrideCollectedByItsVersionAlone, Mutant.ShownAsNew]),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_converges_and_without_its_rule_it_does_not(string name) => DirectedHistory.Require(All[name]);

    static History Tied(params SimulatedEvent[] events) => Events.Tied(keys: 4, slack: 0, events);
}
