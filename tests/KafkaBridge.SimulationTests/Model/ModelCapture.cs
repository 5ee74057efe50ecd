using KafkaBridge.Changes;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// Capture: decodes the WAL in commit order, notes what the applier's transactions in it had applied, gives versions
/// with the real <see cref="VersionAssigner"/>, and promises.
/// </summary>
class ModelCapture(int number, ModelServer server, History history, Mutant mutant)
{
    protected readonly List<SpineEntry> spine = [];
    protected readonly Knowledge?[] vector = new Knowledge?[history.Nodes];
    protected VersionAssigner assigner = new(0, 0, 0);
    (long Tick, int WalEnd)? promise;
    protected int decoded;
    IReadOnlyList<Knowledge> copied = []; // what was applied in the copy that this node was made from
    bool isAdmitted = history.Nodes - number > history.Joiners;
    int decodedAtSpineEnd;

    public IReadOnlyList<SpineEntry> Spine => spine;

    /// <summary>This node itself among them: what it has applied of its own.</summary>
    Knowledge[] Known => [.. vector.OfType<Knowledge>()];

    IEnumerable<Knowledge> KnownOfOthers => Known.Where(known => known.Node != number);

    /// <summary>How far this node has read the log of the cluster's nodes, and so whom it counts.</summary>
    public int MembersRead { get; set; }

    public bool IsBehind => decoded < server.Wal.Count;

    /// <summary>What went wrong inside; null: nothing.</summary>
    public string? Fault { get; private set; }

    public void Decode(int entries)
    {
        for (; entries > 0 && decoded < server.Flushed; entries--)
        {
            var entry = server.Wal[decoded];
            if (entry.Applied is { } applied)
            {
                Note(applied.Writer, applied.Position);
            }
            else
            {
                Publish(entry);
            }

            decoded++;
            decodedAtSpineEnd = entry.Applied is null ? decoded : decodedAtSpineEnd;
            KeepPromise();
        }
    }

    /// <summary>Reads the clock, then the WAL's end.</summary>
    public void Heartbeat()
    {
        promise ??= (Tick.FromUnixMicroseconds(server.Clock) - history.Slack, server.Wal.Count);
        KeepPromise();
    }

    /// <summary>Goes on from the spine's end, with what its last entry says was applied there.</summary>
    public void Restart()
    {
        promise = null;
        decoded = decodedAtSpineEnd;
        Array.Clear(vector);
        var last = spine.LastOrDefault();
        foreach (var known in mutant == Mutant.VectorForgottenAtRestart ? [] : last?.Applied ?? copied)
        {
            vector[known.Node] = known;
        }

        assigner = new VersionAssigner(
            spine.LastOrDefault(entry => entry.Transaction is not null)?.Transaction?.Tick ?? 0,
            last?.Watermark ?? 0,
            mutant == Mutant.FForgottenAtRestart ? 0 : KnownOfOthers.Select(known => known.Tick).DefaultIfEmpty().Max());
    }

    /// <summary>The server's WAL ends earlier than before; what the spine's end says is applied again before this goes on.</summary>
    public void FailOver()
    {
        decodedAtSpineEnd = Math.Min(decodedAtSpineEnd, server.Wal.Count);
        Restart();
    }

    /// <summary>The server is a new one, with what was applied in the copy.</summary>
    public void Begin(IReadOnlyList<Knowledge> positions)
    {
        (copied, decoded, promise) = (positions, 0, null);
        Array.Clear(vector);
        foreach (var known in positions)
        {
            vector[known.Node] = known;
        }

        spine.Add(Entry(assigner.Watermark, transaction: null));
        decodedAtSpineEnd = 0;
        Restart();
    }

    /// <summary>Users may write; the first promise is published before.</summary>
    public void Admit(long firstWatermark)
    {
        isAdmitted = true;
        spine.Add(Entry(assigner.Promise(firstWatermark), transaction: null));
    }

    /// <summary>The log's end, by this node or in its name.</summary>
    public void End() => spine.Add(Entry(assigner.Watermark, transaction: null) with { IsEnd = true });

    /// <summary>The server goes on from a backup: what it has of the published is not published again.</summary>
    public void Restore()
    {
        decodedAtSpineEnd = spine.Where(entry => server.Has(entry.Decoded))
            .Max(entry => (int?)(entry.Decoded.CommitLsn.Value / 16)) ?? 0;
        Restart();
    }

    SpineEntry Entry(long watermark, PublishedTransaction? transaction) => new(watermark, transaction, Known)
    {
        Decoded = transaction?.Position ?? new TransactionPosition(server.Epoch, ModelServer.LsnOf(decoded - 1)),
        MembersRead = MembersRead,
    };

    void KeepPromise()
    {
        if (promise is { } due && decoded >= due.WalEnd)
        {
            promise = null;
            spine.Add(Entry(isAdmitted ? assigner.Promise(due.Tick) : assigner.Watermark, transaction: null));
            decodedAtSpineEnd = decoded;
        }
    }

    void Note(int writer, AppliedPosition position)
    {
        assigner.NoteApplied(writer == number ? 0 : position.Tick);
        if (vector[writer] is not { } known || known.Position < position.Position)
        {
            vector[writer] = new Knowledge(writer, position.Position, position.Tick);
        }
    }

    protected void Publish(WalEntry entry)
    {
        var tick = AssignTick(entry.CommitTime);
        var lifted = tick != Tick.FromUnixMicroseconds(entry.CommitTime);
        var removes = entry.Changes.Any(change => change.Removes);
        var releases = mutant != Mutant.ReleaseNotSelfApplied && entry.Changes.Any(change => change.Old.Release(change.Claims));
        spine.Add(Entry(assigner.Watermark, new PublishedTransaction(
            number, ModelServer.LsnOf(decoded), entry.Xid, entry.CommitTime, tick,
            SelfApply: removes || lifted || releases || entry.Rewrites || history.Folds is not null, entry.Changes, Known)
            { Epoch = server.Epoch, Rewrites = entry.Rewrites }));
        if (mutant == Mutant.None && server.Epoch == 1)
        {
            Check(tick);
        }
    }

    long AssignTick(long commitTime)
    {
        if (mutant is not (Mutant.NoF or Mutant.NoW or Mutant.NotMonotone))
        {
            return assigner.Assign(commitTime);
        }

        var broken = new VersionAssigner(
            mutant == Mutant.NotMonotone ? 0 : assigner.LastPublished,
            mutant == Mutant.NoW ? 0 : assigner.Watermark,
            mutant == Mutant.NoF ? 0 : assigner.LastApplied);
        var tick = broken.Assign(commitTime);
        assigner = new VersionAssigner(Math.Max(tick, assigner.LastPublished), assigner.Watermark, assigner.LastApplied);
        return tick;
    }

    /// <summary>
    /// The version is above all that this WAL shows as applied before, above every promise, and not below what was published;
    /// the vector is what the WAL shows.
    /// </summary>
    protected virtual void Check(long tick)
    {
        var shown = new TransactionPosition[history.Nodes];
        foreach (var known in copied)
        {
            shown[known.Node] = known.Position;
        }

        for (var index = 0; index < decoded; index++)
        {
            if (server.Wal[index].Applied is { } applied && applied.Writer != number)
            {
                var position = applied.Position.Position;
                shown[applied.Writer] = position > shown[applied.Writer] ? position : shown[applied.Writer];
                if (applied.Position.Tick >= tick)
                {
                    Fault ??= $"node {number} gave tick {tick} after it had applied {applied.Position.Tick} of node {applied.Writer}";
                }
            }
        }

        for (var node = 0; node < shown.Length; node++)
        {
            if (node != number && shown[node] != (vector[node]?.Position ?? default))
            {
                Fault ??= $"node {number} publishes a vector that is not what its WAL shows before {ModelServer.LsnOf(decoded)}";
            }
        }

        for (var index = 0; index < spine.Count - 1; index++)
        {
            if (spine[index].Watermark >= tick || spine[index].Transaction?.Tick > tick)
            {
                Fault ??= $"node {number} gave tick {tick}, not above its promises and its last version";
            }
        }
    }
}
