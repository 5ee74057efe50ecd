using System.Collections.Immutable;
using Confluent.Kafka;
using KafkaBridge.Changes;

namespace KafkaBridge.Kafka;

/// <summary>
/// Reads one partition from its beginning and follows it in the background. Records reach the callback in order, one at
/// a time; one that it calls malformed (FormatException) is passed over and noted, since anybody may write into a topic and
/// nobody can take a record out. Once the callback or the client has failed otherwise, every wait fails with that error.
/// </summary>
sealed class LogReader : IAsyncDisposable
{
    readonly IConsumer<byte[], byte[]> consumer;
    readonly Lazy<IConsumer<byte[], byte[]>> asking; // a broker answers a connection in order: a question would wait behind the open fetch
    readonly TopicPartition place;
    readonly ClientErrors errors;
    readonly Action<ConsumeResult<byte[], byte[]>> read;
    readonly CancellationTokenSource stop = new();
    readonly Lock gate = new(); // guards position, moved and failure
    Task following = Task.CompletedTask;
    long position;
    TaskCompletionSource moved = NewSignal();
    Exception? failure;
    ImmutableList<string> foreign = []; // written by the following thread alone

    LogReader(
        Func<IConsumer<byte[], byte[]>> open, TopicPartition place, ClientErrors errors, Action<ConsumeResult<byte[], byte[]>> read)
    {
        consumer = open();
        asking = new Lazy<IConsumer<byte[], byte[]>>(open);
        this.place = place;
        this.errors = errors;
        this.read = read;
    }

    /// <summary>The first records that were passed over, each with its place and what is wrong with it.</summary>
    public IReadOnlyList<string> Foreign => Volatile.Read(ref foreign);

    /// <summary>Returns when everything that was in the partition at the call has been read.</summary>
    public static async Task<LogReader> StartAsync(
        KafkaSettings settings, string clientId, TopicPartition place, Action<ConsumeResult<byte[], byte[]>> read, CancellationToken ct)
    {
        var errors = new ClientErrors(settings.BootstrapServers);
        var reader = new LogReader(() => PartitionConsumer.Open(settings, clientId, errors), place, errors, read);
        try
        {
            await PartitionConsumer.RequireTopicAsync(reader.consumer, place.Topic, errors, ct);
            var end = await PartitionConsumer.EndAsync(reader.consumer, place, errors, ct);
            reader.consumer.Assign(new TopicPartitionOffset(place, Offset.Beginning));
            reader.following = Task.Factory.StartNew(
                reader.Follow, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await reader.ReachAsync(end.High.Value, ct);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until what is in the partition now has been read.</summary>
    public async Task ReadToEndAsync(CancellationToken ct)
    {
        var end = await PartitionConsumer.EndAsync(asking.Value, place, errors, ct);
        await ReachAsync(end.High.Value, ct);
    }

    /// <summary>Waits until every record below this offset has been read.</summary>
    public async Task ReachAsync(long offset, CancellationToken ct)
    {
        while (true)
        {
            Task signal;
            long before;
            lock (gate)
            {
                if (failure is not null)
                {
                    throw failure is KafkaException kafka ? errors.Explain(kafka) : failure;
                }

                if (position >= offset)
                {
                    return;
                }

                signal = moved.Task;
                before = position;
            }

            try
            {
                await signal.WaitAsync(Limits.Progress, ct);
            }
            catch (TimeoutException timeout)
            {
                throw errors.Explain(KafkaFailure.NotRead(
                    new TopicPartitionOffset(place, before),
                    new Error(ErrorCode.Local_TimedOut, $"no progress within {Limits.Progress.TotalSeconds:0} s"),
                    timeout));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await following;
        consumer.Dispose();
        if (asking.IsValueCreated)
        {
            asking.Value.Dispose();
        }

        stop.Dispose();
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    void Follow()
    {
        try
        {
            while (true)
            {
                var result = consumer.Consume(stop.Token);
                if (!result.IsPartitionEOF)
                {
                    Take(result);
                }

                MoveTo(result.IsPartitionEOF ? result.Offset.Value : result.Offset.Value + 1);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Fail(new ObjectDisposedException(place.ToString()));
        }
        catch (ConsumeException error)
        {
            Fail(KafkaFailure.NotRead(error.ConsumerRecord.TopicPartitionOffset, error.Error, error));
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    void Take(ConsumeResult<byte[], byte[]> result)
    {
        try
        {
            read(result);
        }
        catch (FormatException error)
        {
            var where = new RecordPlace(result.Topic, result.Partition.Value, result.Offset.Value);
            Volatile.Write(ref foreign, foreign.Count < Limits.ForeignNoted ? foreign.Add($"{where}: {error.Message}") : foreign);
        }
    }

    void MoveTo(long next)
    {
        lock (gate)
        {
            position = Math.Max(position, next);
            moved.SetResult();
            moved = NewSignal();
        }
    }

    void Fail(Exception error)
    {
        lock (gate)
        {
            failure = error;
            moved.SetResult();
            moved = NewSignal();
        }
    }
}
