namespace KafkaBridge.Broker.Transactions;

/// <summary>Where a producer's transaction is; the middle two are decided, and their markers not all written.</summary>
enum TransactionState
{
    Empty,
    Ongoing,
    Committing,
    Aborting,
    Committed,
    Aborted,
}

/// <summary>Who a request says it comes from.</summary>
readonly record struct ProducerClaim(string TransactionalId, long ProducerId, short Epoch);

/// <summary>A partition of a transaction, and where its log ended when it was added: all records of the transaction come after.</summary>
sealed record TransactionPlace(Guid Topic, int Partition, long First);

/// <summary>The producer of one transactional id, and its transaction, under way or the last one; as it is stored.</summary>
sealed record Transaction(
    long ProducerId, short Epoch, int TimeoutMs, TransactionState State, long SinceMs, IReadOnlyList<TransactionPlace> Places)
{
    public bool IsDecided => State is TransactionState.Committing or TransactionState.Aborting;

    public bool IsOpen => IsDecided || State == TransactionState.Ongoing;
}
