using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Log;

/// <content>Producers' transactions: who may append, and the markers that end them.</content>
sealed partial class PartitionLog
{
    public PartitionTransactions Transactions { get; } = new();

    /// <summary>Below it every transaction has ended: as far as a consumer with read_committed may read.</summary>
    public long LastStableOffset => Transactions.StableBelow(HighWatermark);

    /// <summary>
    /// Appends the marker that ends this producer's transaction; from then on nothing more of it is taken. Null: it has none here.
    /// </summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public (AbortedTransaction? Aborted, long DurableFrom)? AppendMarker(long producerId, short epoch, bool isCommit)
    {
        lock (appending)
        {
            if (!Transactions.IsOpen(producerId, epoch))
            {
                return null;
            }

            var now = ground.NowMs;
            var marker = ControlBatch.Of(producerId, epoch, isCommit, now);
            RecordBatch.SetPlace(marker, logEnd, BrokerState.LeaderEpoch);
            if (failure is not null || !TryWrite(marker, now))
            {
                throw new IOException(failure ?? "the disk refused the write");
            }

            var aborted = Transactions.Close(producerId, isCommit, logEnd);
            Written();
            return (aborted, logEnd);
        }
    }
}
