using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Publishing;

/// <summary>
/// A transaction between its first change and its spine entry. It holds numbers, not rows: what was produced, what was
/// acknowledged, and where that lies. The reader's task produces, Kafka's thread acknowledges.
/// </summary>
/// <param name="amongMany">It is one of many that come one after the other.</param>
/// <param name="accountedTo">What was applied here before it is in the vector, or was never committed; null: all is.</param>
sealed class PendingTransaction(BeginMessage begin, long tick, IReadOnlyList<Knowledge> vector, Lsn? accountedTo, bool amongMany)
{
    readonly Lock sync = new(); // guards all below
    readonly List<Extent> extents = [];
    int produced;
    int acknowledged;
    Lsn endLsn;
    bool selfApply;
    bool rewrites;

    public BeginMessage Begin { get; } = begin;

    public long Tick { get; } = tick;

    /// <summary>Its next record may wait for others to go out with. Asked by the reader's task.</summary>
    public bool Gathers => amongMany || produced > Limits.RecordsSoon;

    public int Extents => extents.Count;

    /// <summary>The end of its commit record; invalid while it is not decoded to its end.</summary>
    public Lsn EndLsn
    {
        get
        {
            lock (sync)
            {
                return endLsn;
            }
        }
    }

    /// <summary>How far the log need not be read again once it stands in the spine.</summary>
    public Lsn AccountedTo => accountedTo ?? EndLsn;

    /// <summary>Decoded to its end, and every record acknowledged.</summary>
    public bool IsComplete
    {
        get
        {
            lock (sync)
            {
                return IsCompleteNow;
            }
        }
    }

    bool IsCompleteNow => endLsn != Lsn.Invalid && acknowledged == produced;

    public void MarkSelfApply() => selfApply = true;

    public void MarkRewrites() => selfApply = rewrites = true;

    public void Produced()
    {
        lock (sync)
        {
            produced++;
        }
    }

    /// <returns>Whether it is complete by that.</returns>
    public bool Ended(Lsn end)
    {
        lock (sync)
        {
            endLsn = end;
            return IsCompleteNow;
        }
    }

    /// <returns>Whether it is complete by that.</returns>
    public bool Acknowledged(string topic, int partition, long offset)
    {
        lock (sync)
        {
            acknowledged++;
            Extend(topic, partition, offset);
            return IsCompleteNow;
        }
    }

    public SpineTransaction ToSpine()
    {
        lock (sync)
        {
            var spine = new SpineTransaction
            {
                CommitLsn = Begin.CommitLsn,
                Xid = Begin.Xid,
                CommitTime = Begin.CommitTime,
                VersionTick = Tick,
                SelfApply = selfApply,
                Rewrites = rewrites,
                RecordCount = acknowledged,
                Extents =
                [
                    .. extents.Select(extent => new SpineExtent(extent.Topic, extent.Partition, extent.First, extent.Last, extent.Count)),
                ],
                Vector = vector,
            };
            return spine.IsLifted ? spine with { SelfApply = true } : spine;
        }
    }

    void Extend(string topic, int partition, long offset)
    {
        foreach (var extent in extents)
        {
            if (extent.Partition == partition && extent.Topic == topic)
            {
                extent.First = Math.Min(extent.First, offset);
                extent.Last = Math.Max(extent.Last, offset);
                extent.Count++;
                return;
            }
        }

        extents.Add(new Extent(topic, partition, offset));
    }

    sealed class Extent(string topic, int partition, long offset)
    {
        public string Topic { get; } = topic;
        public int Partition { get; } = partition;
        public long First { get; set; } = offset;
        public long Last { get; set; } = offset;
        public int Count { get; set; } = 1;
    }
}
