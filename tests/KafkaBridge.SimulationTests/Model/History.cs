using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.SimulationTests.Model;

enum LocalKind { Upsert, Delete, MoveKey, Swap, Truncate, Rewrite }

/// <summary>
/// One statement of a user; without effect where a row is not there (Delete, MoveKey, Swap: two rows exchange their unique
/// values) or the place is taken (MoveKey: the key; Upsert: a unique value). Rewrite (ALTER … TYPE) changes no value and is not
/// in the log; every row has a new xmin.
/// </summary>
/// <param name="AfterSavepoint">Written by a subtransaction: the row's xmin is not the transaction's id.</param>
readonly record struct LocalStatement(LocalKind Kind, int Key = 0, int NewKey = 0, bool AfterSavepoint = false, Claims Claims = default)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind} {Key}→{NewKey}{(AfterSavepoint ? "*" : "")} ({Claims.First}, {Claims.Second})");
}

enum EventKind
{
    /// <summary>All clocks go on by Amount thousandths of a tick.</summary>
    TimePasses,

    /// <summary>One node's clock goes Amount thousandths of a tick forward or back.</summary>
    ClockSteps,

    /// <summary>A user's transaction commits on Node.</summary>
    Commit,

    /// <summary>A user's transaction has taken its commit time on Node, and stalls.</summary>
    Stall,

    /// <summary>The stalled transaction's commit record reaches the WAL.</summary>
    Resume,

    /// <summary>Node's capture decodes Amount entries of its WAL and publishes.</summary>
    Capture,

    /// <summary>Node's capture reads the clock, then the WAL's end; it promises when it has decoded so far.</summary>
    Heartbeat,

    /// <summary>Node applies the next Amount spine entries of Origin, itself included.</summary>
    Deliver,

    /// <summary>Node drops what nothing can need.</summary>
    Collect,

    /// <summary>Node's applier starts again, Amount entries of Origin before where it was.</summary>
    RestartApply,

    /// <summary>Node's capture starts again from the end of its spine.</summary>
    RestartCapture,

    /// <summary>Node's WAL is on disk up to its end.</summary>
    Flush,

    /// <summary>Node's server loses what is not on disk.</summary>
    Crash,

    /// <summary>Node's standby has all that is on disk.</summary>
    BackUp,

    /// <summary>Node's standby takes its place.</summary>
    FailOver,

    /// <summary>Node is copied from Origin, byte by byte if Amount is 2, and announced.</summary>
    Join,

    /// <summary>Node reads the log of the cluster's nodes.</summary>
    ReadNodes,

    /// <summary>Users may write on Node, if it is time.</summary>
    Admit,

    /// <summary>Node publishes all that it has, then its log's end.</summary>
    Leave,

    /// <summary>Node is lost: somebody writes its log's end.</summary>
    Lose,

    /// <summary>Node's server loses commit times, keeps none, and is not applied to; its own position is written if Amount is 2.</summary>
    LoseTimes,

    /// <summary>Node's server keeps commit times again.</summary>
    KeepTimes,

    /// <summary>Node's database becomes what it was at one of its backups, whichever Amount says.</summary>
    Restore,
}

readonly record struct SimulatedEvent(EventKind Kind, int Node = 0, int Origin = 0, int Amount = 1, LocalStatement[]? Statements = null)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind} node={Node} origin={Origin} amount={Amount} {string.Join("; ", Statements ?? [])}");
}

/// <summary>A history: the cluster's shape, then what happens. Replaying one gives the same end, bit for bit.</summary>
/// <param name="ClockStart">Each node's clock at the start, thousandths of a tick.</param>
/// <param name="Slack">How far a promise stays behind the clock, in ticks.</param>
sealed record History(long[] ClockStart, int Keys, int Slack, IReadOnlyList<SimulatedEvent> Events)
{
    /// <summary>Microseconds in a thousandth of a tick: a seed tells the same history however long a tick is.</summary>
    public const long Unit = Tick.Microseconds / 1000;

    public int Nodes => ClockStart.Length;

    /// <summary>How many of the nodes, the last, join later.</summary>
    public int Joiners { get; init; }

    /// <summary>What the clocks go on by, without steps and without the quiet time at the end.</summary>
    public TimeSpan Length => TimeSpan.FromMicroseconds(
        Events.Where(happening => happening.Kind == EventKind.TimePasses).Sum(happening => happening.Amount * Unit));

    /// <summary>How the table's conflicts are decided if that needs each row's history; null: last_update_wins.</summary>
    public FoldRules? Folds { get; init; }
}
