namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// The rows of one table with unique values besides its key. Each key's winner is visible or hidden: visible are, in
/// descending order, those whose unique values no visible row claims. What claims what is the database's to say
/// (numeric 1.0 and 1.00, partial indexes); the rule is <see cref="Settle"/>.
/// </summary>
public abstract class ClaimedRows<TKey>
    where TKey : IComparable<TKey>
{
    /// <summary>
    /// Puts hidden rows right: each whose claims no greater visible row holds becomes visible, in descending order. To be
    /// called with the new winners, which enter hidden, and with all hidden rows that claim a value a visible row held till now;
    /// calling it with more changes nothing.
    /// </summary>
    public void Settle(IEnumerable<RowOrder<TKey>> hidden)
    {
        var waiting = new SortedSet<RowOrder<TKey>>(hidden);
        while (waiting.Count > 0)
        {
            var top = waiting.Max;
            waiting.Remove(top);
            if (IsVoid(top.Key))
            {
                continue;
            }

            var holders = VisibleClaimants(top.Key);
            if (holders.Any(holder => holder.CompareTo(top) > 0))
            {
                continue;
            }

            foreach (var lower in holders)
            {
                waiting.UnionWith(Hide(lower.Key));
            }

            Show(top.Key);
        }
    }

    /// <summary>Nothing is hidden under the key any more, or the key has a visible row: a later local write.</summary>
    protected abstract bool IsVoid(TKey key);

    /// <summary>The visible rows that hold a unique value which the key's hidden row claims.</summary>
    protected abstract IReadOnlyList<RowOrder<TKey>> VisibleClaimants(TKey key);

    /// <summary>Moves the visible row to the hidden ones, with its version.</summary>
    /// <returns>The hidden rows that claim a value it held, itself not among them.</returns>
    protected abstract IEnumerable<RowOrder<TKey>> Hide(TKey key);

    /// <summary>Moves the hidden row to the visible ones, with its version.</summary>
    protected abstract void Show(TKey key);
}
