namespace KafkaBridge.Changes;

/// <summary>
/// Who wrote a row last, and when: the greater version wins on every node alike. The writer is the number of the node
/// that the change was first committed on, never the node that applies it.
/// </summary>
public readonly record struct RowVersion(long Tick, int Writer) : IComparable<RowVersion>
{
    /// <summary>Below every version that can be published: a row that was there before replication began.</summary>
    public static readonly RowVersion Oldest = new(0, -1);

    public int CompareTo(RowVersion other) =>
        Tick != other.Tick ? Tick.CompareTo(other.Tick) : Writer.CompareTo(other.Writer);

    public static bool operator <(RowVersion left, RowVersion right) => left.CompareTo(right) < 0;
    public static bool operator >(RowVersion left, RowVersion right) => left.CompareTo(right) > 0;
    public static bool operator <=(RowVersion left, RowVersion right) => left.CompareTo(right) <= 0;
    public static bool operator >=(RowVersion left, RowVersion right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Tick}@{Writer}";
}

/// <summary>
/// A version with the place in its writer's log: what tombstones and overrides store. Same writer and tick: the later
/// position wins.
/// </summary>
public readonly record struct Stamp(RowVersion Version, ChangePosition Position) : IComparable<Stamp>
{
    /// <summary>Below every stamp, and known to every writer.</summary>
    public static readonly Stamp Oldest = new(RowVersion.Oldest, default);

    public int CompareTo(Stamp other)
    {
        var order = Version.CompareTo(other.Version);
        return order != 0 ? order : Position.CompareTo(other.Position);
    }

    public static bool operator <(Stamp left, Stamp right) => left.CompareTo(right) < 0;
    public static bool operator >(Stamp left, Stamp right) => left.CompareTo(right) > 0;
    public static bool operator <=(Stamp left, Stamp right) => left.CompareTo(right) <= 0;
    public static bool operator >=(Stamp left, Stamp right) => left.CompareTo(right) >= 0;
}

/// <summary>Ticks: steps of 4 ms since 1970, commit times rounded up. The unit in which versions compare; why 4: DESIGN.md.</summary>
public static class Tick
{
    public const long Microseconds = 4000;

    /// <param name="unixMicroseconds">A commit time in microseconds since 1970 UTC.</param>
    public static long FromUnixMicroseconds(long unixMicroseconds)
    {
        var (quotient, remainder) = Math.DivRem(unixMicroseconds, Microseconds);
        return remainder > 0 ? quotient + 1 : quotient;
    }

    /// <summary>
    /// The commit time to write rows with: the transaction's own where that has this tick, else the tick's end (a
    /// lifted transaction).
    /// </summary>
    public static long CommitTime(long tick, long unixMicroseconds) =>
        FromUnixMicroseconds(unixMicroseconds) == tick ? unixMicroseconds : tick * Microseconds;
}
