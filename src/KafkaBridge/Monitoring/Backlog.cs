using KafkaBridge.Changes;

namespace KafkaBridge.Monitoring;

/// <summary>How far one origin is from being applied here, and how fast that shrinks.</summary>
/// <param name="Bytes">WAL of the origin between what it published and what is applied here; 0: caught up.</param>
/// <param name="CatchupSeconds">At the rate of the last minute; infinite while nothing moves.</param>
internal sealed record Backlog(long Bytes, double CatchupSeconds)
{
    public static readonly Backlog None = new(0, 0);
}

/// <summary>
/// Looks at one origin now and then. Time to catch up is what lag does not tell: a lag may be old and shrinking, or
/// young and growing.
/// </summary>
internal sealed class BacklogMeter
{
    /// <summary>Heartbeats that came since the applier's last look are no backlog.</summary>
    const int FreshRecords = 3;

    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    readonly Queue<(DateTime At, Lsn Applied)> looks = [];

    /// <param name="pending">Changes known and not applied.</param>
    /// <param name="records">Spine records behind the last one that is done with.</param>
    public Backlog Look(DateTime now, Lsn published, Lsn applied, long pending, long records)
    {
        if (pending == 0 && records <= FreshRecords)
        {
            looks.Clear();
            return Backlog.None;
        }

        looks.Enqueue((now, applied));
        while (looks.Peek().At < now - Window)
        {
            looks.Dequeue();
        }

        var (since, from) = looks.Peek();
        var bytes = published > applied ? (long)(published.Value - applied.Value) : 0;
        var done = applied > from ? applied.Value - from.Value : 0;
        return looks.Count == 1
            ? new Backlog(bytes, 0) // no rate yet
            : new Backlog(bytes, done == 0 ? double.PositiveInfinity : bytes * (now - since).TotalSeconds / done);
    }
}
