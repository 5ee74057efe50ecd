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
            consumer.Client.IncrementalUnassign([partition]);
        }

        queue = new PartitionQueue(consumer.Client, partition, held);
        queue.StartAt(extent.FirstOffset);
        queues[partition] = queue;
        consumer.Client.IncrementalAssign([new TopicPartitionOffset(partition, extent.FirstOffset)]);
        return queue;
    }

    public void Dispose()
    {
        consumer.Dispose();
        held.Dispose();
    }

    void Receive(ConsumeResult<Ignore, byte[]> result)
    {
        if (queues.TryGetValue(result.TopicPartition, out var queue) && !leftOut.Holds(result))
        {
            Add(queue, result);
            filled.Add(queue);
        }
    }

    void Publish()
    {
        foreach (var queue in filled)
        {
            queue.Publish();
        }

        filled.Clear();
    }

    static void Add(PartitionQueue queue, ConsumeResult<Ignore, byte[]> result)
    {
        try
        {
            queue.Add(DataRecord.From(result));
        }
        catch (InputException failure)
        {
            queue.Fail(failure);
        }
    }

    void Fail(ConsumeException failure)
    {
        if (queues.TryGetValue(failure.ConsumerRecord!.TopicPartition, out var queue))
        {
            queue.Fail(InputException.Unreadable(failure));
        }
    }
}
