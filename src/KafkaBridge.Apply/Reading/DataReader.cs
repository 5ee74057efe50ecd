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
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    readonly IConsumer<Ignore, byte[]> consumer;
    readonly ConcurrentDictionary<TopicPartition, PartitionQueue> queues = new();
    readonly CancellationTokenSource stopping = new();
    readonly Thread thread;

    public DataReader(KafkaSettings settings, string clientId, string group)
    {
        consumer = new ConsumerBuilder<Ignore, byte[]>(settings.Consumer(clientId, group)).Build();
        thread = new Thread(Consume) { IsBackground = true, Name = clientId };
        thread.Start();
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

            consumer.IncrementalUnassign([partition]);
        }

        queue = new PartitionQueue(consumer, partition);
        queue.StartAt(extent.FirstOffset);
        queues[partition] = queue;
        consumer.IncrementalAssign([new TopicPartitionOffset(partition, extent.FirstOffset)]);
        return queue;
    }

    public void Dispose()
    {
        stopping.Cancel();
        thread.Join();
        consumer.Close();
        consumer.Dispose();
        stopping.Dispose();
    }

    void Consume()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (consumer.Consume(Poll) is { IsPartitionEOF: false } result && queues.TryGetValue(result.TopicPartition, out var queue))
                {
                    Add(queue, result);
                }
            }
            catch (ConsumeException failure)
            {
                Fail(failure);
            }
        }
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
        if (failure.ConsumerRecord is { } record && queues.TryGetValue(record.TopicPartition, out var queue))
        {
            queue.Fail(new InputException(
                $"{record.TopicPartitionOffset} can't be read: {failure.Error.Reason}. The log no longer holds what this node "
                + "has not applied yet; the node must be rebuilt from a peer.", failure));
        }
    }
}
