using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.Reading;

/// <summary>What this node was ordered to leave out: single records as they come from Kafka, and transactions of one writer.</summary>
sealed class LeftOut
{
    readonly ConcurrentDictionary<RecordPlace, bool> records = new();
    readonly ConcurrentDictionary<(int Writer, TransactionPosition Position), bool> transactions = new();
    volatile bool any; // to ask the dictionaries whether they are empty takes all their locks

    public void Add(IEnumerable<SkipOrder> orders)
    {
        foreach (var order in orders)
        {
            if (order.Record is { } record)
            {
                records[record] = any = true;
            }

            if (order.Transaction is { } transaction)
            {
                transactions[(order.Writer, transaction)] = any = true;
            }
        }
    }

    public bool Holds(ConsumeResult<Ignore, TakenValue?> result) =>
        any && records.ContainsKey(new RecordPlace(result.Topic, result.Partition.Value, result.Offset.Value));

    public bool Holds(int writer, TransactionPosition position) => any && transactions.ContainsKey((writer, position));
}
