namespace KafkaBridge.Broker.Log;

/// <summary>What a producer aborted in one partition: its records lie from the first offset to the marker at the last one.</summary>
readonly record struct AbortedTransaction(long ProducerId, long First, long Last);

/// <summary>
/// The transactions of one partition: those under way, each with the offset that all its records are at or above, and those that were
/// aborted. The coordinator knows them across restarts; this is what readers look at.
/// </summary>
sealed class PartitionTransactions
{
    readonly Lock guard = new(); // of both
    readonly Dictionary<long, (short Epoch, long First)> open = []; // by producer
    readonly List<AbortedTransaction> aborted = []; // by the last offset

    public void Open(long producerId, short epoch, long first)
    {
        lock (guard)
        {
            open.TryAdd(producerId, (epoch, first));
        }
    }

    public bool IsOpen(long producerId, short epoch)
    {
        lock (guard)
        {
            return open.TryGetValue(producerId, out var transaction) && transaction.Epoch == epoch;
        }
    }

    /// <summary>Ended with a marker at this offset; an abort is returned, to be kept.</summary>
    public AbortedTransaction? Close(long producerId, bool isCommit, long marker)
    {
        lock (guard)
        {
            if (!open.Remove(producerId, out var transaction) || isCommit)
            {
                return null;
            }

            var gone = new AbortedTransaction(producerId, transaction.First, marker);
            aborted.Add(gone);
            return gone;
        }
    }

    /// <summary>One that was aborted before the broker started; they come in the order of their ends.</summary>
    public void Add(AbortedTransaction one)
    {
        lock (guard)
        {
            aborted.Add(one);
        }
    }

    /// <summary>What is below it belongs to no open transaction.</summary>
    public long StableBelow(long highWatermark)
    {
        lock (guard)
        {
            return open.Values.Aggregate(highWatermark, (least, transaction) => Math.Min(least, transaction.First));
        }
    }

    public List<AbortedTransaction> AbortedIn(long from, long below)
    {
        lock (guard)
        {
            return [.. aborted.Where(one => one.Last >= from && one.First < below)];
        }
    }

    /// <summary>Forgets and returns those whose records are all gone.</summary>
    public List<AbortedTransaction> TakeBelow(long logStart)
    {
        lock (guard)
        {
            var gone = aborted.Where(one => one.Last < logStart).ToList();
            aborted.RemoveAll(one => one.Last < logStart);
            return gone;
        }
    }
}
