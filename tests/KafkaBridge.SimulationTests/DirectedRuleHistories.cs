using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;
using static KafkaBridge.SimulationTests.Model.Events;

namespace KafkaBridge.SimulationTests;

/// <summary>What must hold before a node forgets a row's history, and what else that needs: each with what shows it.</summary>
public sealed class DirectedRuleHistories
{
    static readonly FoldRules FirstWins = new(ConflictRule.FirstUpdateWins, [ColumnRule.WithRow]);
    static readonly FoldRules Greatest = new(ConflictRule.LastUpdateWins, [ColumnRule.Max]);
    static readonly FoldRules Counter = new(ConflictRule.LastUpdateWins, [ColumnRule.Delta]);

    internal static IReadOnlyDictionary<string, (History History, Mutant[] Broken)> All { get; } =
        new Dictionary<string, (History, Mutant[])>
    {
        // C's own insert and delete stand in its WAL before A's row, which it showed where it saw none.
        ["A node asks its own log, not its progress, before it forgets"] = (Of(FirstWins, slack: 2,
            Commit(A, Upsert), Time(1250), Capture(A), new(EventKind.Heartbeat, C), Deliver(A, to: A), Deliver(A, to: B),
            Commit(C, Upsert, Delete), Deliver(A, to: C), Promise(A), Promise(B), Deliver(C, to: C),
            Deliver(A, to: C) with { Amount = 1 }, Deliver(B, to: C), Collect(C)), [Mutant.OwnProgressAsItIs]),
        ["A node has applied its own write when it has applied it to itself"] = (Of(Greatest, slack: 1,
            Commit(B, Upsert), Capture(B), Deliver(B, to: A), Commit(A, Upsert), Deliver(B, to: B), Time(3000), Capture(A),
            Deliver(A, to: B), new(EventKind.Heartbeat, A), Promise(B), Deliver(B, to: B), Deliver(A, to: B), Collect(B),
            Commit(A, Upsert)), [Mutant.OwnWritesCountAsApplied]),
        // B's write stands before the vector in B's log, and A has read the vector only.
        ["What a node has applied counts when what it wrote before is here"] = (Of(FirstWins, slack: -2,
            Commit(B, Upsert), Capture(B), Deliver(B, to: A), Deliver(B, to: B), Promise(B), Deliver(B, to: A), Commit(B, Upsert),
            Commit(A, Upsert), Capture(A), Deliver(A, to: B), Deliver(A, to: A), Promise(A), Deliver(A, to: A),
            new(EventKind.Flush, B), Capture(B), Deliver(B, to: B), Promise(B), Collect(A)), [Mutant.VectorsReadAhead]),
        ["A standby that takes over applies all that its node's log says was applied"] = (Of(FirstWins, slack: 0,
            Commit(A, Upsert), new(EventKind.BackUp, B), Time(11_000), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Deliver(A, to: C),
            Promise(A), Promise(B), Promise(C), Deliver(A, to: A), Deliver(B, to: A), Deliver(C, to: A), Collect(A),
            new(EventKind.FailOver, B), Commit(B, Upsert)), [Mutant.TailReadWithoutItsVector]),
        // Everybody has forgotten the insert; what B made of A's first difference comes to A before that difference.
        ["An answer to an own write waits until that is applied here"] = (Of(Counter, slack: 0,
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B), Time(5000), Promise(A), Promise(B),
            Deliver(A, to: A), Deliver(B, to: A), Collect(A),
            Commit(A, Upsert), Capture(A), Deliver(A, to: B), Commit(B, Upsert), Capture(B), Deliver(B, to: A)),
            [Mutant.OwnWritesNotAwaited]),
        ["Differences are counted once whatever a user made of the row meanwhile"] = (Of(Counter, slack: 0,
            Commit(A, Upsert), Capture(A), Deliver(A, to: A), Deliver(A, to: B),
            Commit(A, Upsert), Commit(B, Upsert), Capture(B), Deliver(B, to: A), Commit(A, Upsert)),
            [Mutant.RawRowsReplaced, Mutant.OwnImageNotRecognised, Mutant.OldIsPresentRow]),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_converges_and_without_its_rule_it_does_not(string name) => DirectedHistory.Require(All[name]);

    static History Of(FoldRules rules, int slack, params SimulatedEvent[] events) => Tied(1, slack, events) with { Folds = rules };

    static SimulatedEvent Time(int microseconds) => new(EventKind.TimePasses, Amount: microseconds);

    static SimulatedEvent Collect(int node) => new(EventKind.Collect, node);
}
