using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;
using static KafkaBridge.SimulationTests.Model.Events;

namespace KafkaBridge.SimulationTests;

/// <summary>Rule 12: what a copy must have, when a node that joins may write, how one leaves, and going back to a backup.</summary>
public sealed class DirectedJoins
{
    const int D = 3;
    static readonly FoldRules FirstWins = new(ConflictRule.FirstUpdateWins, [ColumnRule.WithRow]);
    static readonly LocalStatement Truncate = new(LocalKind.Truncate);

    internal static IReadOnlyDictionary<string, (History History, Mutant[] Broken)> All { get; } =
        new Dictionary<string, (History, Mutant[])>
    {
        ["A tombstone comes with the copy"] = (Joined(
            Commit(B, Upsert), Capture(B), Step(A, 1), Commit(A, Upsert), Commit(A, Delete), Capture(A), Deliver(A, to: A), Join(C, A)),
            [Mutant.TombstonesNotCopied]),
        ["A tombstone of the table comes with the copy"] = (Joined(
            Commit(B, Upsert), Capture(B), Step(A, 1), Commit(A, Truncate), Capture(A), Deliver(A, to: A), Join(C, A)),
            [Mutant.TableTombstoneNotCopied]),
        ["A hidden row comes with the copy"] = (Joined(
            Commit(B, Row(1, 7)), Capture(B), Step(A, 1), Commit(A, Row(2, 7)), Deliver(B, to: A), Join(C, A), Commit(A, Gone(2))),
            [Mutant.HiddenNotCopied]),
        ["A lifted row keeps its version in the copy"] = (Joined(
            Commit(A, Upsert), Capture(A), Step(A, -4), Commit(A, Upsert), Capture(A), Deliver(A, to: A), Join(C, A),
            Step(B, -2), Commit(B, Upsert)), [Mutant.OverridesNotCopied]),
        // Finding 8: with the copy's own time a change that is still to come loses on the new node only.
        ["An old row stays old in the copy"] = (Joined(
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Step(A, 1), Step(B, 1), Promise(A), Promise(B),
            Deliver(A, to: A), Deliver(B, to: A), Collect(A), Step(B, 2), Commit(B, Upsert), Step(C, 9), Join(C, A)),
            [Mutant.OldRowsWithTheCopysTime]),
        // Finding 8: as an old one it loses there to a change still to come that it beats elsewhere.
        ["A new row is not old in the copy"] = (Joined(
            Commit(B, Upsert), Capture(B), Deliver(B, to: A), Step(C, -2), Commit(C, Upsert), Join(D, A)), [Mutant.NewRowsAsOld]),
        // The greatest hides the next, which would hide the last: all three are old.
        ["Old rows keep their order where one is hidden"] = (Joined(
            Commit(A, Row(0, 0, 8)), Capture(A), Step(B, 1), Commit(B, Row(1, 7, 8)), Capture(B), Step(C, 2), Commit(C, Row(2, 7)),
            Capture(C), Deliver(A, to: A), Deliver(B, to: A), Deliver(C, to: A), Step(A, 4), Step(B, 4), Step(C, 4), Promise(A),
            Promise(B), Promise(C), Deliver(A, to: A), Deliver(B, to: A), Deliver(C, to: A), Collect(A), Join(D, A), Step(C, 1),
            Deliver(A, to: C), Deliver(B, to: C), Commit(C, Gone(2))), [Mutant.BulkBesideHidden]),
        ["What the source's user released just before the copy is settled there too"] = (Joined(
            Commit(B, Row(1, 7)), Capture(B), Step(A, 1), Commit(A, Row(2, 7)), Deliver(B, to: A), Step(A, 1), Commit(A, Row(2, 8)),
            Join(C, A)), [Mutant.ReleaseInCopyNotSettled]),
        ["A hidden row that the source's session wrote is not the copy's own"] = (Joined(
        [
            .. Enumerable.Repeat(Commit(B, Upsert), 40), Capture(B), Deliver(B, to: A),
            Commit(A, Row(2, 0), Gone(2), Row(1, 7)), Capture(A), Step(B, 1), Commit(B, Row(3, 7)), Capture(B),
            Deliver(B, to: A), Deliver(A, to: A), Join(C, A), .. Counting(A, B), Deliver(A, to: C), Deliver(B, to: C), Admit(C), Step(C, 9),
            Commit(C, Truncate),
        ]), [Mutant.RawMarksCopied]),
        ["A copy is made again when its source lost what it had not published"] = (Joined(
            new(EventKind.BackUp, A), Commit(A, Upsert), Join(C, A), new(EventKind.FailOver, A), Promise(A)), [Mutant.CopyOfLostStands]),
        ["Who joined is counted when others collect"] = (Joined(
        [
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Join(C, A), .. Counting(A, B),
            Deliver(A, to: C), Deliver(B, to: C), Admit(C), .. CollectedOnA(), Commit(C, Upsert),
        ]), [Mutant.JoinerNotCounted]),
        ["Who starts again counts who joined"] = (Joined(
        [
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Join(C, A), .. Counting(A, B),
            Deliver(A, to: C), Deliver(B, to: C), Admit(C), new(EventKind.RestartApply, A, A, 0), .. CollectedOnA(), Commit(C, Upsert),
        ]), [Mutant.MembersForgottenAtRestart]),
        // A has not read yet that C joins, and goes on collecting.
        ["Who joins waits until it is counted"] = (Joined(
        [
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Promise(A), Promise(B), Join(C, A),
            Deliver(A, to: C), Admit(C), .. CollectedOnA(), Commit(C, Upsert),
        ]), [Mutant.CountingNotAwaited]),
        // Finding 9. B counts C before it deletes, A only after it has collected.
        ["Who joins writes above what was collected before it was counted"] = (CountedLate(), [Mutant.FirstPromiseLeftOut]),
        ["Who joins writes when it has applied what was forgotten before it was counted"] = (
            CountedLate() with { Folds = FirstWins }, [Mutant.JoinerWritesBehind]),
        ["Who left is counted until all of it is applied"] = (Played(
        [
            Commit(C, Upsert), Capture(C), new(EventKind.Leave, C), Step(B, 5), Commit(B, Upsert), Commit(B, Delete), Capture(B),
            Deliver(B, to: A), Step(A, 6), Step(B, 6), Promise(A), Promise(B), Deliver(A, to: A), Deliver(B, to: A), Collect(A),
        ]), [Mutant.RemovedNotAwaited]),
        ["Who left is not waited for"] = (Played(
            Commit(A, Upsert), Commit(A, Delete), new(EventKind.Leave, C)), [Mutant.RemovedStillCounted]),
        ["What was published counts, though its node is lost; what comes after its end does not"] = (Played(
            Commit(C, Upsert), Capture(C), new(EventKind.Lose, C), Commit(C, new LocalStatement(LocalKind.Upsert, 1)), Capture(C),
            Deliver(C, to: A)), [Mutant.AcceptedAfterTheEnd]),
        ["A restored node reads back what it had published"] = (Played(
            new(EventKind.BackUp, A), Commit(A, Upsert), Capture(A), Deliver(A, to: B), new(EventKind.Restore, A, Amount: 0)),
            [Mutant.TailNotRead]),
        // The second backup is of the first incarnation, and has nothing of what was written after the first was restored.
        ["A backup of an earlier incarnation is restored"] = (Played(
        [
            new(EventKind.BackUp, A), Commit(A, Upsert), Capture(A),
            .. Enumerable.Repeat(Commit(B, new LocalStatement(LocalKind.Upsert, 2)), 4), Capture(B), Deliver(B, to: A), new(EventKind.Flush, A), new(EventKind.BackUp, A), new(EventKind.Restore, A, Amount: 0),
            Commit(A, new LocalStatement(LocalKind.Upsert, 1)), Capture(A), new(EventKind.Restore, A, Amount: 1),
        ]), [Mutant.RestoredInLine]),
        ["A backup is refused that has what the log went on without"] = (Played(
            new(EventKind.BackUp, A), Commit(A, Upsert), new(EventKind.BackUp, A), new(EventKind.Restore, A, Amount: 0), Commit(A, Upsert),
            Capture(A), new(EventKind.Restore, A, Amount: 1)), [Mutant.UnpublishedComesLate]),
        // C finds no row, as A's user deleted it, when B's write comes that is older than that delete.
        ["A write that the copy has already is known there"] = (Joined(
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Step(B, 1), Commit(B, Upsert), Capture(B), Step(A, 3),
            Commit(A, Delete), Join(C, A), Deliver(A, to: C) with { Amount = 1 }, Deliver(B, to: C)) with { Folds = FirstWins },
            [Mutant.OwnImageInCopyNotRecognised]),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_converges_and_without_its_rule_it_does_not(string name) => DirectedHistory.Require(All[name]);

    static History Joined(params SimulatedEvent[] events) => Played(events) with { Joiners = 1 };

    static History Played(params SimulatedEvent[] events) => Tied(keys: 4, slack: 0, events);

    static SimulatedEvent Join(int node, int source) => new(EventKind.Join, node, source);

    static SimulatedEvent Admit(int node) => new(EventKind.Admit, node);

    static SimulatedEvent Collect(int node) => new(EventKind.Collect, node);

    static IEnumerable<SimulatedEvent> Counting(params int[] nodes) =>
        nodes.SelectMany(node => new[] { new(EventKind.ReadNodes, node), Promise(node) });

    /// <summary>B deletes the row, and A collects the tombstone, if C doesn't count; it has not come to C.</summary>
    static SimulatedEvent[] CollectedOnA() =>
    [
        Step(A, 5), Step(B, 5), Commit(B, Delete), Capture(B), Deliver(B, to: A), Deliver(B, to: B), Step(A, 1), Step(B, 1), Promise(A),
        Promise(B), Deliver(A, to: A), Deliver(B, to: A), Collect(A),
    ];

    static History CountedLate() => Joined(
    [
        Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Join(C, A), .. Counting(B), Deliver(B, to: C),
        .. CollectedOnA(), Promise(B), Promise(A), Deliver(A, to: A), Deliver(B, to: A), Collect(A), .. Counting(A), Deliver(A, to: C),
        Admit(C), Step(C, 1), Commit(C, Upsert),
    ]);
}
