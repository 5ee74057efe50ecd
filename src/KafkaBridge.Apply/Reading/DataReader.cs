using System.Collections.Concurrent;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// One consumer for the data of all origins. Partitions are assigned by hand when the spine first names them, and again
/// where the next record wanted lies far ahead.
/// </summary>
sealed class DataReader : IDisposable
{
    readonly PolledConsumer consumer;
    readonly ConcurrentDictionary<TopicPartition, PartitionQueue> queues = new();
    readonly DataBytes held = new();
    readonly HashSet<PartitionQueue> filled = []; // in this bunch; the consumer's thread alone
    readonly Lock assigning = new(); // guards a partition's being assigned anew

    readonly LeftOut leftOut;

    public DataReader(KafkaSettings settings, string clientId, string group, LeftOut leftOut, Action<Error> notCommitted)
    {
        this.leftOut = leftOut;
        consumer = new PolledConsumer(settings, clientId, group, held.WaitForRoom, Receive, Fail, Publish, notCommitted);
    }

    /// <summary>The transaction is applied.</summary>
    public void Applied(SpineTransaction transaction)
    {
        foreach (var extent in transaction.Extents)
        {
            consumer.Applied(new TopicPartition(extent.Topic, extent.Partition), extent.LastOffset + 1);
        }
    }

    /// <summary>The queue from which the extent's records can be taken; called by the owner of the partition's origin alone.</summary>
    public PartitionQueue QueueFor(SpineExtent extent)
    {
        var partition = new TopicPartition(extent.Topic, extent.Partition);
        if (queues.TryGetValue(partition, out var queue))
        {
            if (extent.FirstOffset - queue.NextOffset <= Limits.SeekGap)
            {
                return queue;
            }

            queue.End();
            lock (assigning)
            {
                consumer.Client.IncrementalUnassign([partition]);
                return Assign(partition, extent.FirstOffset, during: consumer.Polls);
            }
        }

        return Assign(partition, extent.FirstOffset, during: null);
    }

    public void Dispose()
    {
        consumer.Dispose();
        held.Dispose();
    }

    PartitionQueue Assign(TopicPartition partition, long offset, long? during)
    {
        var queue = new PartitionQueue(consumer.Client, partition, held) { AssignedDuring = during };
        queue.StartAt(offset);
        queues[partition] = queue;
        consumer.Client.IncrementalAssign([new TopicPartitionOffset(partition, offset)]);
        return queue;
    }

    void Receive(ConsumeResult<Ignore, TakenValue?> result)
    {
        if (Find(result.TopicPartition) is { } queue && !leftOut.Holds(result))
        {
            Add(queue, result);
            filled.Add(queue);
        }
    }

    /// <summary>
    /// Whose record the consumer's thread has in hand: null where that can't be told, as it was taken while the partition was assigned
    /// anew. It is assigned once more then, with nothing in hand.
    /// </summary>
    PartitionQueue? Find(TopicPartition partition)
    {
        if (!queues.TryGetValue(partition, out var queue) || queue.AssignedDuring != consumer.Polls)
        {
            return queue;
        }

        lock (assigning)
        {
            consumer.Client.IncrementalUnassign([partition]);
            consumer.Client.IncrementalAssign([new TopicPartitionOffset(partition, queue.NextOffset)]);
        }

        return null;
    }

    void Publish()
    {
        foreach (var queue in filled)
        {
            queue.Publish();
        }

        filled.Clear();
    }

    static void Add(PartitionQueue queue, ConsumeResult<Ignore, TakenValue?> result)
    {
        try
        {
            queue.Add(result);
        }
        catch (InputException failure)
        {
            queue.Fail(failure);
        }
    }

    void Fail(ConsumeException failure)
    {
        if (Find(failure.ConsumerRecord!.TopicPartition) is { } queue)
        {
            queue.Fail(InputException.Unreadable(failure));
        }
    }
}
