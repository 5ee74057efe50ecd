using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// What marks say of transactions that a bridge applied here. A mark comes before its transaction's commit, so the last
/// one of each writer is open until its fate is known: the writer's next mark tells it, or the server when asked.
/// </summary>
sealed class AppliedMarks
{
    readonly SortedDictionary<int, AppliedMark> open = [];
    readonly Dictionary<int, TransactionPosition> standing = []; // of the position rows, as committed, by the log
    readonly int self;

    /// <param name="before">What the spine says of the place from where the log is read; of this node itself it need not speak.</param>
    public AppliedMarks(int self, IEnumerable<Knowledge> before)
    {
        this.self = self;
        foreach (var knowledge in before)
        {
            standing[knowledge.Node] = knowledge.Position;
        }
    }

    public IReadOnlyCollection<AppliedMark> Open => open.Values;

    /// <summary>All before it is accounted for; null where nothing is open.</summary>
    public Lsn? Oldest => open.Count == 0 ? null : open.Values.Min(mark => mark.At);

    /// <param name="complete">No mark and no position row was left out before.</param>
    /// <returns>What is known to be committed by that: the mark before it.</returns>
    /// <exception cref="IOException">The position row was moved by somebody who left no mark.</exception>
    public Knowledge? Accept(AppliedMark mark, bool complete)
    {
        var writer = mark.Applied.Node;
        var known = open.TryGetValue(writer, out var before) && before.Applied.Position == mark.After
            ? before.Applied
            : (Knowledge?)null;
        var isKnown = standing.TryGetValue(writer, out var stood) || writer != self;
        if (known is null && complete && isKnown && mark.After != stood)
        {
            throw new IOException(string.Create(
                CultureInfo.InvariantCulture,
                $"The position row of node {writer} stood at {mark.After} before the mark at {mark.At}, and at {stood} by the log: "
                + $"somebody else moved it. The log is read again with all origins."));
        }

        standing[writer] = mark.After;
        open[writer] = mark;
        return known;
    }

    /// <summary>A position row was read whose transaction has committed, or is known to have.</summary>
    public void Committed(Knowledge knowledge)
    {
        standing[knowledge.Node] = knowledge.Position;
        if (open.TryGetValue(knowledge.Node, out var mark) && mark.Applied.Position <= knowledge.Position)
        {
            open.Remove(knowledge.Node);
        }
    }

    /// <param name="positions">The position rows, committed.</param>
    /// <returns>What open marks say of what those rows cover; it is no longer open.</returns>
    public IReadOnlyList<Knowledge> Close(IReadOnlyList<Knowledge> positions)
    {
        var covered = open.Values.Select(mark => mark.Applied)
            .Where(applied => positions.Any(row => row.Node == applied.Node && row.Position >= applied.Position)).ToList();
        covered.ForEach(Committed);
        return covered;
    }

    public void RolledBack(AppliedMark mark) => open.Remove(mark.Applied.Node);
}
