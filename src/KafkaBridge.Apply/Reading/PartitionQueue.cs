using System.Threading.Channels;
using Confluent.Kafka;

namespace KafkaBridge.Apply.Reading;

/// <summary>The records of one topic-partition in offset order, bounded: when full its fetching is paused.</summary>
sealed class PartitionQueue(IConsumer<Ignore, byte[]> consumer, TopicPartition partition)
{
    readonly Channel<DataRecord> records = Channel.CreateUnbounded<DataRecord>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // bounded by bytes: see Add
    readonly List<DataRecord> added = []; // and not yet published; the consumer's thread alone
    readonly Lock guard = new(); // guards bytes and paused
    long bytes;
    bool paused;

    public TopicPartition Partition => partition;

    /// <summary>The offset that the reader comes to next; what lies before was taken or skipped.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Called by the consumer's thread alone, and <see cref="Publish"/> after a bunch.</summary>
    public void Add(DataRecord record)
    {
        added.Add(record);
        lock (guard)
        {
            bytes += record.Bytes;
            if (bytes >= Limits.PartitionBytes && !paused)
            {
                consumer.Pause([partition]);
                paused = true;
            }
        }
    }

    /// <summary>Shows what was added to the reader.</summary>
    public void Publish()
    {
        foreach (var record in added)
        {
            records.Writer.TryWrite(record);
        }

        added.Clear();
    }

    /// <summary>Called by the consumer's thread alone.</summary>
    public void Fail(Exception failure)
    {
        Publish();
        records.Writer.TryComplete(failure);
    }

    public void StartAt(long offset) => NextOffset = offset;

    public async ValueTask<DataRecord> TakeAsync(CancellationToken cancellationToken)
    {
        DataRecord record;
        try
        {
            record = await records.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException closed) when (closed.InnerException is not null)
        {
            throw new InputException(closed.InnerException.Message, closed.InnerException)
            {
                Foreign = (closed.InnerException as InputException)?.Foreign,
            };
        }

        NextOffset = record.Where.Offset + 1;
        lock (guard)
        {
            bytes -= record.Bytes;
            if (paused && bytes <= Limits.PartitionBytes / 4)
            {
                consumer.Resume([partition]);
                paused = false;
            }
        }

        return record;
    }
}
