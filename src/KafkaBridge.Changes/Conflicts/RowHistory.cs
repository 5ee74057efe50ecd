namespace KafkaBridge.Changes.Conflicts;

/// <summary>One key's state at the watermark, and the writes above it.</summary>
/// <param name="settled">What the writes up to the watermark came to; null: nothing was ever written.</param>
public sealed class RowHistory<TValue>(RowFold<TValue> fold, RowState<TValue>? settled = null)
{
    readonly SortedList<Stamp, RowWrite<TValue>> writes = [];

    public RowState<TValue>? Settled { get; private set; } = settled;

    /// <summary>In the order of their stamps.</summary>
    public IList<RowWrite<TValue>> Writes => writes.Values;

    /// <summary>Where no write at or below the tick can come any more, none can meet what is here otherwise than the row itself.</summary>
    public bool IsSettledUpTo(long tick) => writes.Count == 0 || writes.Keys[^1].Version.Tick <= tick;

    public RowState<TValue>? State => writes.Values.Aggregate(Settled, fold.Step);

    /// <summary>A write, from wherever; what its writer had applied of others is here already.</summary>
    public void Add(RowWrite<TValue> write) => writes.Add(write.Stamp, write);

    /// <summary>
    /// The last write of another node that did not know this one, nor this one it; where none is kept any more, what took last of those
    /// up to the watermark: the node's applier may be long behind what it promises.
    /// </summary>
    public RowWrite<TValue>? Rival(RowWrite<TValue> write)
    {
        return writes.Values.LastOrDefault(other => IsUnknown(other.Stamp) && !other.Knows(write.Stamp))
            ?? Settled?.Beside.Prepend(Settled.Written).Where(IsUnknown).Select(other => new RowWrite<TValue>(
                other, new KnowledgeVector(other.Version.Writer, []), Old: null, Settled.Exists ? Settled.Values : null)).FirstOrDefault();

        bool IsUnknown(Stamp other) => other.Version.Writer != write.Stamp.Version.Writer && !write.Knows(other);
    }

    /// <summary>No write at or below the tick can come any more.</summary>
    public void SettleUpTo(long tick)
    {
        while (writes.Count > 0 && writes.Keys[0].Version.Tick <= tick)
        {
            Settled = fold.Step(Settled, writes.Values[0]);
            writes.RemoveAt(0);
        }
    }
}
