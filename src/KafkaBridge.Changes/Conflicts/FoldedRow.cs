namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// One key of a table whose rules need a row's history, as one node keeps it: every write of the key that not all nodes
/// have applied yet, this node's own included, and what row was last shown. The row that is to be seen is what the writes
/// come to in the order of their stamps.
/// <para>
/// A user's row is there before its write comes through the log. Such a row is left alone until then: what it was made
/// from is not what is shown, and to put the row of the other writes in its place would take a commit back for a while.
/// </para>
/// </summary>
/// <param name="shown">The row as this node last left it, or as the first write found it; null: no row.</param>
/// <param name="isBehind">The row was left alone: some own write is still to come.</param>
/// <param name="last">Of each writer the last transaction that wrote the key.</param>
public sealed class FoldedRow<TValue>(
    RowHistory<TValue> history, TValue[]? shown, bool isBehind, IReadOnlyDictionary<int, TransactionPosition> last)
{
    readonly Dictionary<int, TransactionPosition> last = new(last);

    /// <summary>A key of which nothing is kept: what its first write found is known to everybody.</summary>
    public FoldedRow(RowFold<TValue> fold, RowWrite<TValue> first)
        : this(new RowHistory<TValue>(fold, Found(first.Old)), first.Old, isBehind: false, new Dictionary<int, TransactionPosition>())
    {
    }

    public RowHistory<TValue> History { get; } = history;
    public TValue[]? Shown { get; private set; } = shown;
    public bool IsBehind { get; private set; } = isBehind;
    public IReadOnlyDictionary<int, TransactionPosition> Last => last;

    /// <summary>Takes the next write of the key, of another node or of this one; what its writer had applied is here already.</summary>
    /// <param name="present">The row as it is now, locked; null: there is none.</param>
    /// <param name="isRaw">A session of this node wrote the row, not a bridge.</param>
    /// <returns>Whether the row is to become what <see cref="Shown"/> says now; else it stays.</returns>
    public bool Add(RowWrite<TValue> write, bool isSelf, TValue[]? present, bool isRaw)
    {
        History.Add(write);
        last[write.Stamp.Version.Writer] = write.Stamp.Position.Transaction;
        var isKnown = (present is not null && !isRaw) || Same(present, Shown) || (isSelf && Same(present, write.New));
        IsBehind = !isKnown;
        if (isKnown)
        {
            Shown = History.State is { Exists: true, Values: var values } ? values : null;
        }

        return isKnown && !Same(present, Shown);
    }

    /// <summary>
    /// Every node has applied every write that is here, so whatever comes knows them all and begins from this very row:
    /// nothing need be kept.
    /// </summary>
    /// <param name="settled">No write at or below this tick can come any more.</param>
    /// <param name="applied">How far a node has applied a writer, itself included.</param>
    public bool IsStable(long settled, IEnumerable<int> nodes, Func<int, int, TransactionPosition> applied) =>
        !IsBehind && History.IsSettledUpTo(settled)
        && nodes.All(node => last.All(one => applied(node, one.Key) >= one.Value));

    static RowState<TValue>? Found(TValue[]? row) => row is null ? null : new(Stamp.Oldest, Stamp.Oldest, Exists: true, row);

    /// <summary>Null, no row, equals a row without columns, which no table has.</summary>
    static bool Same(TValue[]? one, TValue[]? other) => one.AsSpan().SequenceEqual(other);
}
