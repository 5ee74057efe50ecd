using KafkaBridge.Changes;

namespace KafkaBridge.Kafka.Nodes;

/// <summary>What a node had applied of every other, by node number, when it reported.</summary>
/// <param name="ReportedAt">Microseconds since 1970 UTC, by the clock of the node's server; 0: not known yet.</param>
/// <param name="CapturedLsn">How far the node had published its own WAL.</param>
public sealed record AppliedReport(
    string Node,
    int Number,
    IReadOnlyDictionary<int, TransactionPosition> Applied,
    long ReportedAt,
    Lsn CapturedLsn)
{
    /// <summary>The nodes whose changes stand still there until a person decides, each with the sentence.</summary>
    public IReadOnlyDictionary<int, string> Halted { get; init; } = new Dictionary<int, string>();

    /// <summary>By node number: up to where it has looked for rows that refer to what that node deleted.</summary>
    public IReadOnlyDictionary<int, TransactionPosition> Looked { get; init; } = new Dictionary<int, TransactionPosition>();
}
