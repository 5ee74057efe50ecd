using KafkaBridge.Apply.Folding;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Whole transactions of one origin and epoch in its commit order, and at most one more that is still coming, as
/// arrays for one CALL.
/// </summary>
sealed class Batch(int width)
{
    public readonly record struct Entry(SpineRecord Record, SpineTransaction Transaction, long SpineOffset, long ArrivedAt)
    {
        public TransactionPosition Position => new(Record.Epoch, Transaction.CommitLsn);

        /// <summary>What rows are written with: its tick is the version's.</summary>
        public DateTime CommitTime => UnixTime.At(Tick.CommitTime(Transaction.VersionTick, Transaction.CommitTime));

        public DateTime SourceTime => UnixTime.At(Transaction.CommitTime);
    }

    readonly List<Entry> whole = [];
    readonly List<int> ends = []; // the number of changes up to and with each whole transaction
    readonly List<long> vector = [];
    readonly List<TargetChange> changes = [];
    readonly List<FoldedChange> folded = [];
    long bytes;

    /// <summary>Numbers of nodes that the vectors have room for.</summary>
    public int Width { get; } = width;

    /// <summary>The transaction that has begun and not ended; its changes are the last ones.</summary>
    public Entry? Open { get; private set; }

    /// <summary>Holds one transaction only, which changes tables whose rules need a row's history.</summary>
    public bool IsAlone { get; init; }

    /// <summary>The transaction that has to go its own way now: alone and whole, or too large to wait for its end.</summary>
    public Entry? Alone => Open is null ? (whole.Count > 0 ? whole[0] : null) : (IsFull ? Open : null);

    public IReadOnlyList<Entry> Whole => whole;

    public IReadOnlyList<FoldedChange> Folded => folded;

    public int Changes => changes.Count + folded.Count;

    public bool IsEmpty => whole.Count == 0 && Open is null;

    public bool IsFull => HoldsBatches(1);

    /// <summary>While a CALL is under way what comes next is taken, as much again.</summary>
    public bool IsFullTwice => HoldsBatches(2);

    bool HoldsBatches(int count) => whole.Count >= count * Limits.BatchTransactions || Changes >= count * Limits.BatchChanges
        || bytes >= count * Limits.BatchBytes;

    public bool Fits(int epoch) => whole.Count == 0 || whole[0].Record.Epoch == epoch;

    public void Begin(Entry entry)
    {
        Open = entry;
        Span<long> known = new long[Width];
        foreach (var one in entry.Transaction.Vector)
        {
            if (one.Node < Width)
            {
                known[one.Node] = one.Tick;
            }
        }

        vector.AddRange(known);
    }

    public void Add(TargetChange change)
    {
        changes.Add(change);
        bytes += change.Bytes;
    }

    public void Add(FoldedChange change)
    {
        folded.Add(change);
        bytes += change.Bytes;
    }

    public void End()
    {
        whole.Add(Open!.Value);
        ends.Add(changes.Count);
        Open = null;
    }

    /// <summary>The first transactions are committed; what follows stays.</summary>
    public void RemoveFirst(int count)
    {
        if (count == 0)
        {
            return;
        }

        var gone = ends[count - 1];
        whole.RemoveRange(0, count);
        ends.RemoveRange(0, count);
        for (var i = 0; i < ends.Count; i++)
        {
            ends[i] -= gone;
        }

        vector.RemoveRange(0, count * Width);
        changes.RemoveRange(0, gone);
        bytes = changes.Sum(change => (long)change.Bytes);
    }

    /// <summary>What the whole transactions change.</summary>
    /// <param name="first">The place of the first of them.</param>
    public WriteSet Writes(int first)
    {
        var writes = new WriteSet();
        foreach (var change in changes.Take(Start(first)..Complete))
        {
            if (change.KeyHash is { } key)
            {
                writes.AddRow(change.Table, key);
            }
            else
            {
                writes.AddTable(change.Table);
            }
        }

        foreach (var change in folded)
        {
            writes.AddRow(-(int)change.Table.Definition.Oid, change.KeyHash);
        }

        return writes;
    }

    /// <summary>A piece of the open transaction is applied; there are no whole ones before it.</summary>
    public void RemoveChanges()
    {
        changes.Clear();
        folded.Clear();
        bytes = 0;
    }

    /// <summary>How many of the first transactions have waited for long enough.</summary>
    public int Arrived(long before) => whole.TakeWhile(entry => entry.ArrivedAt <= before).Count();

    /// <summary>The whole transactions, or the open one where it goes its own way.</summary>
    public IReadOnlyList<Entry> Entries => whole.Count > 0 ? whole : [Open!.Value];

    /// <summary>For each whole transaction the number of changes up to and with it.</summary>
    public IReadOnlyList<int> Ends => ends;

    /// <summary>How many changes there are before a whole transaction's.</summary>
    public int Start(int transaction) => transaction == 0 ? 0 : ends[transaction - 1];

    /// <param name="first">The place of the first transaction.</param>
    public long[] Vector(int first) => [.. vector.Skip(first * Width)];

    /// <summary>All changes; the first <see cref="Complete"/> of them belong to <see cref="Entries"/>.</summary>
    public IReadOnlyList<TargetChange> Taken => changes;

    /// <summary>Changes of whole transactions; of a transaction alone that is still coming, those that are here.</summary>
    public int Complete => whole.Count > 0 ? ends[^1] : changes.Count;
}
