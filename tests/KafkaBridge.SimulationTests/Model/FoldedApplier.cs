using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// Apply for a table whose rules need its rows' history, by the real <see cref="FoldedRow{TValue}"/>: every transaction, this
/// node's own too, once all is applied here that its writer had applied.
/// </summary>
sealed class FoldedApplier(
    int number, ModelServer server, IReadOnlyList<ModelCapture> captures, FoldRules rules, FoldedValues values, Mutant mutant)
    : ModelApplier(number, server, captures, mutant)
{
    readonly RowFold<string> fold = rules.Fold(mutant, number);
    Dictionary<(int Node, int Writer), TransactionPosition> told = [];

    Database Data => Server.Data;

    /// <summary>How many histories were dropped.</summary>
    public int Dropped { get; private set; }

    public override void Collect()
    {
        if (Mutant == Mutant.RemovedNotAwaited)
        {
            EndReadAhead();
        }

        for (var key = 0; key < Data.Histories.Length; key++)
        {
            if (Data.Histories[key] is { } kept)
            {
                var row = Load(kept);
                row.History.SettleUpTo(Mutant == Mutant.SettledEarly ? long.MaxValue : LeastPromise);
                var mayDrop = MayDrop(row);
                Data.Histories[key] = mayDrop ? null : KeptHistory.Of(row);
                Dropped += mayDrop ? 1 : 0;
            }
        }
    }

    protected override bool MustWait(PublishedTransaction transaction) =>
        Mutant != Mutant.CausalWaitLeftOut && transaction.Vector.Any(known =>
            known.Node != transaction.Writer && (known.Node != Number || Mutant != Mutant.OwnWritesNotAwaited)
            && Data.Positions[known.Node].Position < known.Position);

    protected override void NoteApplied(int origin, SpineEntry entry)
    {
        foreach (var known in entry.Applied)
        {
            told[(origin, known.Node)] = known.Position;
        }
    }

    protected override void ForgetPromises()
    {
        base.ForgetPromises();
        told = [];
    }

    protected override void Apply(PublishedTransaction transaction)
    {
        var xid = Server.TakeXid();
        var vector = new KnowledgeVector(transaction.Writer, Mutant == Mutant.VectorIgnored ? [] : transaction.Vector);
        foreach (var change in transaction.Changes)
        {
            var old = Mutant == Mutant.OldIsPresentRow && change.OldValue is not null ? Data.Rows[change.Key]?.Value : change.OldValue;
            var write = new RowWrite<string>(
                transaction.StampOf(change), vector, values[old], change.Removes ? null : values[change.Value]);
            Add(change.Key, write, xid, transaction);
        }

        Data.Positions[transaction.Writer] = PositionAfter(transaction);
        Server.CommitApplied(xid, Tick.CommitTime(transaction.Tick, transaction.CommitTime), transaction.Writer);
    }

    void Add(int key, RowWrite<string> write, uint xid, PublishedTransaction transaction)
    {
        var present = values[Data.Rows[key]?.Value];
        var row = Data.Histories[key] is { } kept ? Load(kept, present) : new FoldedRow<string>(fold, FirstOf(write, present));
        if (row.History.Writes.Any(known => known.Stamp == write.Stamp))
        {
            Fault ??= $"node {Number} takes a write of key {key} twice";
            return;
        }

        var isOfCopy = IsInCopy(transaction) && Mutant != Mutant.OwnImageInCopyNotRecognised;
        var (isSelf, shown) = (transaction.Writer == Number || isOfCopy, Data.Histories[key] is { } stored ? stored.Shown : write.Old);
        var isRaw = Data.Rows[key] is { Origin: null } stands && Server.Writers.IsOwn(stands.Xmin) && Mutant != Mutant.RawRowsReplaced;
        var replaces = row.Add(write, isSelf && Mutant != Mutant.OwnImageNotRecognised, present, isRaw);
        if (Mutant == Mutant.ByArrival)
        {
            row.History.SettleUpTo(long.MaxValue);
        }

        Data.Histories[key] = KeptHistory.Of(row);
        if (replaces)
        {
            Replace(key, row.Shown, isKnown: Same(present, shown) || (isSelf && Same(present, write.New)), xid, transaction);
        }
    }

    static bool Same(string[]? one, string[]? other) => one is null ? other is null : other is not null && one.SequenceEqual(other);

    FoldedRow<string> Load(KeptHistory kept, string[]? present = null) => new(
        kept.History(fold, Mutant),
        Mutant switch { Mutant.ShownForgotten => null, Mutant.ShownIsPresentRow => present, _ => kept.Shown },
        kept.IsBehind,
        kept.Last);

    RowWrite<string> FirstOf(RowWrite<string> write, string[]? present) => Mutant switch
    {
        Mutant.BaseIsPresentRow => write with { Old = present },
        Mutant.BaseForgotten => write with { Old = null },
        _ => write,
    };

    bool MayDrop(FoldedRow<string> row)
    {
        var nodes = Mutant == Mutant.JoinerNotAwaited ? Counted.Intersect(Members!.First) : Counted;
        switch (Mutant)
        {
            case Mutant.DroppedWhenSettled:
                return row.History.IsSettledUpTo(long.MinValue);
            case Mutant.DroppedByTheLastThatTook
                when row.History.IsSettledUpTo(long.MinValue) && row.History.State is { Written: var last }:
                return !row.IsBehind && nodes.All(node =>
                    last.Version.Writer < 0 || KnownTo(node, last.Version.Writer) >= last.Position.Transaction);
            default:
                return row.IsStable(long.MinValue, nodes, KnownTo);
        }
    }

    /// <summary>As far as the node's own log says, up to where it is applied here.</summary>
    TransactionPosition KnownTo(int node, int writer) => Mutant switch
    {
        Mutant.OwnProgressAsItIs when node == Number => Data.Positions[writer].Position,
        Mutant.OwnWritesCountAsApplied when node == writer => new TransactionPosition(int.MaxValue, Lsn.Invalid),
        Mutant.VectorsReadAhead => Captures[node].Spine is [.., var end]
            ? end.Applied.FirstOrDefault(known => known.Node == writer).Position : default,
        _ => told.GetValueOrDefault((node, writer)),
    };

    /// <param name="isKnown">The row is one of those that the bridge knows.</param>
    void Replace(int key, string[]? row, bool isKnown, uint xid, PublishedTransaction by)
    {
        var isOnTheWay = Server.Wal.Where((entry, at) =>
            new TransactionPosition(Server.Epoch, ModelServer.LsnOf(at)) > by.Position && entry.Changes.Any(change => change.Key == key));
        if (!isKnown && Data.Rows[key] is { Origin: null } users && Server.Writers.IsOwn(users.Xmin)
            && (by.Writer != Number || isOnTheWay.Any()))
        {
            Fault ??= $"node {Number} takes back a commit of its own user to key {key}";
        }

        Data.Rows[key] = row is null ? null : new ModelRow(
            values.NumberOf(row), default, xid, xid, Tick.CommitTime(by.Tick, by.CommitTime), by.Writer);
    }
}
