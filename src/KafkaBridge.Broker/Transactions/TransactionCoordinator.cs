using System.Text.Json;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Storage;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Transactions;

/// <summary>
/// Producers' transactions. Each step is durable in transactions.log before it is answered: which partitions a transaction has, how it
/// ends, and that its markers are written; a start goes on where that was. One change after the other.
/// Consumers' offsets can't be part of one: AddOffsetsToTxn and TxnOffsetCommit are not served.
/// </summary>
sealed class TransactionCoordinator : IDisposable
{
    const string Prefix = "id/";

    readonly SemaphoreSlim changing = new(1); // of transactions
    readonly Dictionary<string, Transaction> transactions = [];
    readonly KeyedLog log;
    readonly TopicTable topics;
    readonly ProducerIds ids;
    readonly TimeProvider time;
    readonly AbortedLog aborted;

    public TransactionCoordinator(KeyedLog log, TopicTable topics, ProducerIds ids, TimeProvider time)
    {
        this.log = log;
        this.topics = topics;
        this.ids = ids;
        this.time = time;
        aborted = new AbortedLog(log, topics);
        foreach (var (key, value) in log.ToList())
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                var transaction = JsonSerializer.Deserialize<Transaction>(value)!;
                transactions[key[Prefix.Length..]] = transaction;
                Open(transaction, transaction.IsOpen ? transaction.Places : []);
            }
        }
    }

    long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The producer of this id from now on, in its next epoch: the one before is fenced, and what it left open aborted.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task<(ErrorCode Error, long ProducerId, short Epoch)> BeginProducerAsync(
        string id, int timeoutMs, long previousId, short previousEpoch) => InTurnAsync(async () =>
    {
        var known = transactions.GetValueOrDefault(id);
        var error = id.Length == 0 ? ErrorCode.InvalidRequest
            : timeoutMs < 1 || timeoutMs > BrokerLimits.TransactionTimeoutMs ? ErrorCode.InvalidTransactionTimeout
            : known is null && transactions.Count >= BrokerLimits.TransactionalIds ? ErrorCode.PolicyViolation
            : known is not null && previousId >= 0 && (previousId, previousEpoch) != (known.ProducerId, known.Epoch)
                ? ErrorCode.ProducerFenced
            : ErrorCode.None;
        if (error != ErrorCode.None)
        {
            return (error, -1L, (short)-1);
        }

        if (known is { IsOpen: true })
        {
            await FinishAsync(id, known, known.State == TransactionState.Committing);
        }

        var (producerId, epoch) = known is null || known.Epoch >= short.MaxValue - 1
            ? (await ids.NextAsync(), (short)0)
            : (known.ProducerId, (short)(known.Epoch + 1));
        await StoreAsync(id, new Transaction(producerId, epoch, timeoutMs, TransactionState.Empty, NowMs, []));
        return (ErrorCode.None, producerId, epoch);
    });

    /// <summary>Begins the transaction if there is none; from then on its producer may append to these partitions.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task<ErrorCode> AddAsync(ProducerClaim claim, IReadOnlyList<(string Topic, int Partition)> partitions) => InTurnAsync(async () =>
    {
        var (error, transaction) = Check(claim);
        if (error != ErrorCode.None || transaction!.IsDecided)
        {
            return error == ErrorCode.None ? ErrorCode.ConcurrentTransactions : error;
        }

        var isOngoing = transaction.State == TransactionState.Ongoing;
        var known = isOngoing ? transaction.Places.Select(place => (place.Topic, place.Partition)).ToHashSet() : [];
        var added = new List<TransactionPlace>();
        foreach (var (name, partition) in partitions)
        {
            if (topics.Find(name) is not { } topic || topic.Partition(partition) is not { } place)
            {
                return ErrorCode.UnknownTopicOrPartition;
            }

            if (known.Add((topic.Id, partition)))
            {
                added.Add(new TransactionPlace(topic.Id, partition, place.LogEnd));
            }
        }

        if (added.Count > 0)
        {
            await StoreAsync(claim.TransactionalId, transaction with
            {
                State = TransactionState.Ongoing,
                SinceMs = isOngoing ? transaction.SinceMs : NowMs,
                Places = isOngoing ? [.. transaction.Places, .. added] : added,
            });
            Open(transaction, added);
        }

        return ErrorCode.None;
    });

    /// <summary>Returns when the end can be read in every partition.</summary>
    /// <exception cref="IOException">The disk refused: it is asked for again, or goes on by itself.</exception>
    public Task<ErrorCode> EndAsync(ProducerClaim claim, bool isCommit) => InTurnAsync(async () =>
    {
        var (error, transaction) = Check(claim);
        if (error != ErrorCode.None)
        {
            return error;
        }

        var mayEnd = transaction!.State switch
        {
            TransactionState.Ongoing => true,
            TransactionState.Committing or TransactionState.Committed => isCommit,
            TransactionState.Aborting or TransactionState.Aborted => !isCommit,
            _ => false,
        };
        if (!mayEnd)
        {
            return ErrorCode.InvalidTxnState;
        }

        if (transaction.IsOpen)
        {
            await FinishAsync(claim.TransactionalId, transaction, isCommit);
        }

        return ErrorCode.None;
    });

    /// <summary>Ends what was decided and not finished, aborts what has taken too long, forgets what nobody has used for long.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Task<int> TidyAsync() => InTurnAsync(async () =>
    {
        foreach (var (id, transaction) in transactions.ToList())
        {
            var age = NowMs - transaction.SinceMs;
            if (transaction.IsDecided)
            {
                await FinishAsync(id, transaction, transaction.State == TransactionState.Committing);
            }
            else if (transaction.IsOpen && age > transaction.TimeoutMs)
            {
                await FinishAsync(id, transaction, isCommit: false);
                await StoreAsync(id, transactions[id] with { Epoch = (short)(transaction.Epoch + 1) }); // its producer is fenced
            }
            else if (!transaction.IsOpen && age > BrokerLimits.TransactionalIdExpiry.TotalMilliseconds)
            {
                await log.PutAsync(Prefix + id, null);
                transactions.Remove(id);
            }
        }

        return await aborted.ForgetAsync();
    });

    public void Dispose()
    {
        changing.Dispose();
        log.Dispose();
    }

    async Task<T> InTurnAsync<T>(Func<Task<T>> change)
    {
        await changing.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            changing.Release();
        }
    }

    (ErrorCode Error, Transaction? Transaction) Check(ProducerClaim claim) =>
        transactions.GetValueOrDefault(claim.TransactionalId) is not { } known || known.ProducerId != claim.ProducerId
            ? (ErrorCode.InvalidProducerIdMapping, null)
            : known.Epoch != claim.Epoch ? (ErrorCode.InvalidProducerEpoch, null)
            : (ErrorCode.None, known);

    // The decision, the markers, what was aborted, the end: each durable before the next.
    async Task FinishAsync(string id, Transaction transaction, bool isCommit)
    {
        if (!transaction.IsDecided)
        {
            transaction = transaction with { State = isCommit ? TransactionState.Committing : TransactionState.Aborting };
            await StoreAsync(id, transaction);
        }

        var waits = new List<Task>();
        foreach (var place in transaction.Places)
        {
            if (topics.Find(place.Topic)?.Partition(place.Partition) is { } partition
                && partition.AppendMarker(transaction.ProducerId, transaction.Epoch, isCommit) is { } marker)
            {
                aborted.Note(place, marker.Aborted);
                waits.Add(partition.DurableAsync(marker.DurableFrom));
            }
        }

        await Task.WhenAll(waits);
        await aborted.StoreAsync();
        await StoreAsync(id, transaction with
        {
            State = isCommit ? TransactionState.Committed : TransactionState.Aborted, SinceMs = NowMs, Places = [],
        });
    }

    async Task StoreAsync(string id, Transaction transaction)
    {
        await log.PutAsync(Prefix + id, JsonSerializer.SerializeToUtf8Bytes(transaction));
        transactions[id] = transaction;
    }

    // Where a log ends lower than it did, for want of power, what comes next is the transaction's too.
    void Open(Transaction transaction, IEnumerable<TransactionPlace> places)
    {
        foreach (var place in places)
        {
            if (topics.Find(place.Topic)?.Partition(place.Partition) is { } partition)
            {
                partition.Transactions.Open(transaction.ProducerId, transaction.Epoch, Math.Min(place.First, partition.LogEnd));
            }
        }
    }
}
