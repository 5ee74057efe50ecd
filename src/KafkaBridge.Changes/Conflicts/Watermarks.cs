namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// What each origin promised, as far as it is applied here: a promise counts only when every transaction that stands
/// before it in the origin's spine has been applied. This node is one of the origins.
/// </summary>
public sealed class Watermarks
{
    readonly SortedDictionary<int, long> promised = [];

    /// <param name="origins">Every node of the cluster, this one included.</param>
    public Watermarks(IEnumerable<int> origins)
    {
        foreach (var origin in origins)
        {
            Join(origin);
        }
    }

    /// <summary>The nodes whose transactions may still come.</summary>
    public IReadOnlyCollection<int> Origins => promised.Keys;

    /// <summary>The highest tick that nothing still to come can have. 0 until every origin has promised something.</summary>
    public long Least => promised.Count == 0 ? 0 : promised.Values.Min();

    /// <summary>From now on the node counts: nothing is collected until it promises.</summary>
    public void Join(int origin) => promised.TryAdd(origin, 0);

    /// <summary>The node's log has ended, and all of it is applied here: nothing can come from it any more.</summary>
    public void End(int origin) => promised.Remove(origin);

    /// <summary>The spine is applied up to a record with this promise; a lower one than the last changes nothing.</summary>
    public void Note(int origin, long watermark)
    {
        if (promised.TryGetValue(origin, out var before))
        {
            promised[origin] = Math.Max(before, watermark);
        }
    }

    /// <summary>
    /// Nothing that may still come is at or below the version, so no decision needs it: tombstones, table tombstones, and
    /// overrides, if the row's version as xmin has it may be collected too and nothing is hidden in the table.
    /// </summary>
    public bool MayCollect(RowVersion version) => version.Tick <= Least;
}
