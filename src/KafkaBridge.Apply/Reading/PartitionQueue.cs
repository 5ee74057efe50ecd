using System.Threading.Channels;
using Confluent.Kafka;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// The records of one topic-partition in offset order. All queues together are bounded by <see cref="DataBytes"/>; where they are
/// full, and yet a reader waits for a partition whose records lie behind others', this one's fetching is paused.
/// </summary>
sealed class PartitionQueue(IConsumer<Ignore, TakenValue?> consumer, TopicPartition partition, DataBytes all)
{
    readonly Channel<DataRecord> records = Channel.CreateUnbounded<DataRecord>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // bounded by bytes: see Add
    readonly List<DataRecord> added = []; // and not yet published; the consumer's thread alone
    readonly ValueArrays values = new(); // the consumer's thread alone
    readonly Lock guard = new(); // guards all below
    long bytes;
    bool paused;
    bool ended;

    public TopicPartition Partition => partition;

    /// <summary>
    /// The take (<see cref="PolledConsumer.Polls"/>) during which the partition was assigned anew: what it brings may be of the old
    /// place, whose fetching had gone far ahead.
    /// </summary>
    public long? AssignedDuring { get; init; }

    /// <summary>The offset that the reader comes to next; what lies before was taken or skipped.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Called by the consumer's thread alone, and <see cref="Publish"/> after a bunch.</summary>
    /// <exception cref="InputException">It isn't a record of ours.</exception>
    public void Add(ConsumeResult<Ignore, TakenValue?> result)
    {
        var record = DataRecord.From(partition.Topic, result, values, waiting: Volatile.Read(ref bytes));
        added.Add(record);
        lock (guard)
        {
            if (ended)
            {
                return;
            }

            bytes += record.Bytes;
            all.Add(record.Bytes);
            if (all.IsCrowded && bytes >= Limits.CrowdedPartitionBytes && !paused)
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

    /// <summary>Its fetching stands still until the reader has taken enough of it.</summary>
    public bool IsPaused
    {
        get
        {
            lock (guard)
            {
                return paused;
            }
        }
    }

    public void StartAt(long offset) => NextOffset = offset;

    /// <summary>
    /// Nobody takes from it any more: what it holds no longer counts. A partition that is assigned anew is paused as it was
    /// before, so it must not be left so.
    /// </summary>
    public void End()
    {
        lock (guard)
        {
            ended = true;
            if (paused)
            {
                consumer.Resume([partition]);
                paused = false;
            }

            all.Add(-bytes);
            bytes = 0;
        }
    }

    public ValueTask<DataRecord> TakeAsync(CancellationToken cancellationToken) =>
        records.Reader.TryRead(out var record) ? ValueTask.FromResult(Taken(record)) : WaitAsync(cancellationToken);

    async ValueTask<DataRecord> WaitAsync(CancellationToken cancellationToken)
    {
        all.Waiting(1);
        try
        {
            return Taken(await records.Reader.ReadAsync(cancellationToken));
        }
        catch (ChannelClosedException closed) when (closed.InnerException is not null)
        {
            throw new InputException(closed.InnerException.Message, closed.InnerException)
            {
                Foreign = (closed.InnerException as InputException)?.Foreign,
            };
        }
        finally
        {
            all.Waiting(-1);
        }
    }

    DataRecord Taken(DataRecord record)
    {
        NextOffset = record.Where.Offset + 1;
        lock (guard)
        {
            bytes -= record.Bytes;
            all.Add(-record.Bytes);
            if (paused && bytes <= Limits.CrowdedPartitionBytes / 2)
            {
                consumer.Resume([partition]);
                paused = false;
            }
        }

        return record;
    }
}
