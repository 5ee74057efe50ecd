namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// The order in which rows claim unique values: the greater first. Total, and the same on every node, so it has the key
/// (lifted transactions can tie on the version) and no position (visible rows have none).
/// </summary>
public readonly record struct RowOrder<TKey>(RowVersion Version, TKey Key) : IComparable<RowOrder<TKey>>
    where TKey : IComparable<TKey>
{
    public int CompareTo(RowOrder<TKey> other)
    {
        var order = Version.CompareTo(other.Version);
        return order != 0 ? order : Key.CompareTo(other.Key);
    }

    public static bool operator <(RowOrder<TKey> left, RowOrder<TKey> right) => left.CompareTo(right) < 0;

    public static bool operator >(RowOrder<TKey> left, RowOrder<TKey> right) => left.CompareTo(right) > 0;

    public static bool operator <=(RowOrder<TKey> left, RowOrder<TKey> right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RowOrder<TKey> left, RowOrder<TKey> right) => left.CompareTo(right) >= 0;
}
