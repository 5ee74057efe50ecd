using System.Diagnostics;
using Confluent.Kafka;
using KafkaBridge.Kafka;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// A consumer of partitions assigned by hand, polled by a thread of its own until it is disposed of; all callbacks come
/// from that thread. What is applied is committed to the group, so that lag tools see the node; nothing here reads it back.
/// </summary>
sealed class PolledConsumer : IDisposable
{
    /// <summary>Records taken in one go before those who wait for them are woken: waking one for each costs more than the record.</summary>
    const int Bunch = 250;

    const int BunchBytes = 256 * 1024;

    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    readonly Action<CancellationToken> waitForRoom;
    readonly Action<ConsumeResult<Ignore, TakenValue?>> received;
    readonly Action<ConsumeException> failed;
    readonly Action bunchEnded;
    readonly Action<Error> notCommitted;
    readonly CancellationTokenSource stopping = new();
    readonly Dictionary<TopicPartition, long> applied = [];
    readonly Lock guard = new(); // guards applied
    readonly Thread thread;
    long polls;

    public PolledConsumer(
        KafkaSettings settings,
        string clientId,
        string group,
        Action<CancellationToken> waitForRoom,
        Action<ConsumeResult<Ignore, TakenValue?>> received,
        Action<ConsumeException> failed,
        Action bunchEnded,
        Action<Error> notCommitted)
    {
        (this.waitForRoom, this.received, this.failed, this.bunchEnded, this.notCommitted) =
            (waitForRoom, received, failed, bunchEnded, notCommitted);
        var config = settings.Consumer(clientId, group);
        config.EnableAutoCommit = true; // only of what StoreApplied stores; once more when it is closed
        config.AutoCommitIntervalMs = (int)Limits.OffsetsShownEvery.TotalMilliseconds;
        Client = new ConsumerBuilder<Ignore, TakenValue?>(config)
            .SetValueDeserializer(new TakenValue())
            .SetOffsetsCommittedHandler((_, committed) => NoteFailed(committed))
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, line) => settings.Log(line))
            .Build();
        Stopping = stopping.Token;
        thread = new Thread(Run) { IsBackground = true, Name = clientId };
        thread.Start();
    }

    /// <summary>To assign, pause and resume by, from any thread.</summary>
    public IConsumer<Ignore, TakenValue?> Client { get; }

    public CancellationToken Stopping { get; }

    /// <summary>Counts how often the thread has begun to take a record; in <c>received</c>, the take that brought this one.</summary>
    public long Polls => Volatile.Read(ref polls);

    /// <summary>Everything below the offset is applied, and its position row is committed.</summary>
    public void Applied(TopicPartition partition, long next)
    {
        lock (guard)
        {
            applied[partition] = next;
        }
    }

    /// <summary>
    /// Commits once more. While Kafka is away librdkafka tries that without end, so after <see cref="Limits.LastCommit"/> it is
    /// left to itself: what is lost is what lag tools show.
    /// </summary>
    public void Dispose()
    {
        stopping.Cancel();
        thread.Join();
        StoreApplied();
        var closed = Task.Run(() =>
        {
            Client.Close();
            Client.Dispose();
        });
        if (!closed.Wait(Limits.LastCommit))
        {
            notCommitted(new Error(ErrorCode.Local_TimedOut));
        }

        stopping.Dispose();
    }

    void TakeBunch()
    {
        var result = Consume(Poll);
        var bytes = 0;
        for (var taken = 1; result is not null; taken++)
        {
            bytes += result.Message?.Value?.Bytes.Length ?? 0;
            if (!result.IsPartitionEOF)
            {
                received(result);
            }

            result = taken < Bunch && bytes < BunchBytes ? Consume(TimeSpan.Zero) : null;
        }
    }

    ConsumeResult<Ignore, TakenValue?> Consume(TimeSpan most)
    {
        Interlocked.Increment(ref polls);
        return Client.Consume(most);
    }

    void Run()
    {
        for (var stored = Stopwatch.GetTimestamp(); !Stopping.IsCancellationRequested;)
        {
            try
            {
                waitForRoom(Stopping);
                TakeBunch();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ConsumeException failure) when (failure.ConsumerRecord is { Partition.Value: >= 0 })
            {
                failed(failure);
            }
            catch (ConsumeException failure)
            {
                notCommitted(failure.Error); // of no partition: the group's coordinator
            }

            bunchEnded();
            if (Stopwatch.GetElapsedTime(stored) >= Limits.OffsetsShownEvery)
            {
                stored = Stopwatch.GetTimestamp();
                StoreApplied();
            }
        }
    }

    void StoreApplied()
    {
        lock (guard)
        {
            foreach (var (partition, next) in applied)
            {
                try
                {
                    Client.StoreOffset(new TopicPartitionOffset(partition, next));
                    applied.Remove(partition);
                }
                catch (KafkaException)
                {
                    // being assigned anew at this moment: the next round stores it
                }
            }
        }
    }

    void NoteFailed(CommittedOffsets committed)
    {
        var error = committed.Offsets.Select(one => one.Error).Prepend(committed.Error).FirstOrDefault(one => one.IsError);
        if (error is not null && error.Code != ErrorCode.Local_NoOffset)
        {
            notCommitted(error);
        }
    }
}
