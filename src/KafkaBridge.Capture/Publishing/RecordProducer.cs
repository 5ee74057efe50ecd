using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Capture.Publishing;

/// <summary>
/// What a session produces with: idempotent, so order in a partition is the order of producing. What is not yet
/// acknowledged is bounded; whoever would pass the bound waits. One task produces data, another the spine. There are two clients: one
/// lets records gather (linger.ms), the other sends each at once: the spine's, of which there is one on its way at most, and data
/// that come now and then.
/// </summary>
sealed class RecordProducer : IDisposable
{
    readonly IProducer<byte[], byte[]> gathering;
    readonly IProducer<byte[], byte[]> soon;
    readonly CaptureProgress progress;
    readonly Signal freed = new();
    readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool dataGather; // by which client data went out last
    long unansweredData;
    long records; // unanswered, of data and spine
    long bytes;
    long answeredAt; // when Kafka answered last, or something to be answered began to wait

    public RecordProducer(KafkaSettings settings, CaptureOptions options, CaptureProgress progress, ILogger logger)
    {
        this.progress = progress;
        gathering = Build(Config("capture"));
        var atOnce = Config("spine");
        atOnce.LingerMs = 0;
        soon = Build(atOnce);

        ProducerConfig Config(string role)
        {
            var config = settings.Producer(KafkaSettings.ClientId(options.Cluster, options.Node, role));
            config.DeliveryReportFields = "none"; // partition and offset always come
            config.MessageMaxBytes = options.RecordBytesMax;
            return config;
        }

        IProducer<byte[], byte[]> Build(ProducerConfig config) => new ProducerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, line) => settings.Log(line))
            .SetErrorHandler((_, error) => Failed(error, logger))
            .Build();
    }

    /// <summary>Faults when a record can't be delivered any more; never completes otherwise.</summary>
    public Task Failure => failed.Task;

    /// <summary>Produces a data record, after waiting for room.</summary>
    /// <param name="gathers">Many come: it goes out with others.</param>
    public async ValueTask ProduceAsync(
        TopicPartition place, Message<byte[], byte[]> message, SentRecord sent, bool gathers, CancellationToken ct)
    {
        while (!HasRoom(sent.Size) || !TurnTo(gathers) || !TryProduceData(place, message, sent))
        {
            await freed.WaitAsync(ct);
        }
    }

    /// <summary>Produces a spine record; these are so few that they need no bound of their own.</summary>
    public async ValueTask ProduceSpineAsync(
        TopicPartition place, byte[] value, Action acknowledged, CancellationToken ct)
    {
        var message = new Message<byte[], byte[]> { Value = value };
        while (!TryProduce(soon, place, message, Size(message), Answered))
        {
            await Task.Delay(1, ct);
        }

        void Answered(DeliveryReport<byte[], byte[]> report)
        {
            if (Delivered(report, Size(message)))
            {
                acknowledged();
            }
        }
    }

    /// <summary>What a record takes of the bound.</summary>
    public static long Size(Message<byte[], byte[]> message) =>
        (message.Key?.Length ?? 0) + message.Value.Length + RecordHeader.Length;

    /// <summary>Takes Kafka's answer for a data record.</summary>
    /// <returns>False where Kafka refused it: the session is at its end.</returns>
    public bool DataDelivered(DeliveryReport<byte[], byte[]> report, long size)
    {
        Interlocked.Decrement(ref unansweredData);
        return Delivered(report, size);
    }

    /// <summary>Runs until it is cancelled.</summary>
    /// <exception cref="TimeoutException">Records wait, and none has been answered for so long: a new producer may be luckier.</exception>
    public async Task WatchAsync(TimeSpan patience, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(patience / 8);
        while (await timer.WaitForNextTickAsync(ct))
        {
            var waiting = Interlocked.Read(ref records);
            if (waiting > 0 && Stopwatch.GetElapsedTime(Interlocked.Read(ref answeredAt)) is var silent && silent > patience)
            {
                throw new TimeoutException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Kafka has acknowledged none of {waiting} records for {silent.TotalSeconds:0} s: is it there, and do all partitions "
                    + $"have a leader?"));
            }
        }
    }

    public void Dispose()
    {
        failed.TrySetCanceled();
        gathering.Dispose();
        soon.Dispose();
    }

    bool Delivered(DeliveryReport<byte[], byte[]> report, long size)
    {
        Interlocked.Exchange(ref answeredAt, Stopwatch.GetTimestamp());
        Free(size);
        if (report.Error.IsError)
        {
            failed.TrySetException(new KafkaException(new Error(
                report.Error.Code,
                $"Kafka refused a record for {report.Topic} partition {report.Partition.Value}: {report.Error.Reason}",
                report.Error.IsFatal)));
        }

        if (IsHalfFree)
        {
            freed.Set();
        }

        return !report.Error.IsError;
    }

    bool HasRoom(long size)
    {
        var waiting = Interlocked.Read(ref bytes);
        return Interlocked.Read(ref records) < Limits.InFlightRecords && (waiting == 0 || waiting + size <= Limits.InFlightBytes);
    }

    /// <summary>Records that went out by the other client are answered first: the order in a partition is that of producing.</summary>
    bool TurnTo(bool gathers)
    {
        if (Interlocked.Read(ref unansweredData) == 0)
        {
            dataGather = gathers;
        }

        return dataGather == gathers;
    }

    bool TryProduceData(TopicPartition place, Message<byte[], byte[]> message, SentRecord sent)
    {
        Interlocked.Increment(ref unansweredData);
        if (TryProduce(dataGather ? gathering : soon, place, message, sent.Size, sent.Answered))
        {
            return true;
        }

        Interlocked.Decrement(ref unansweredData);
        return false;
    }

    bool TryProduce(
        IProducer<byte[], byte[]> producer, TopicPartition place, Message<byte[], byte[]> message, long size,
        Action<DeliveryReport<byte[], byte[]>> answered)
    {
        var waiting = Interlocked.Increment(ref records);
        if (waiting == 1)
        {
            Interlocked.Exchange(ref answeredAt, Stopwatch.GetTimestamp());
        }

        progress.InFlight = waiting;
        Interlocked.Add(ref bytes, size);
        try
        {
            producer.Produce(place, message, answered);
            return true;
        }
        catch (ProduceException<byte[], byte[]> error) when (error.Error.Code == ErrorCode.Local_QueueFull)
        {
            Free(size);
            return false;
        }
    }

    /// <summary>Whoever waits for room goes on then: to be woken for every record costs more than the record.</summary>
    bool IsHalfFree =>
        Interlocked.Read(ref records) <= Limits.InFlightRecords / 2 && Interlocked.Read(ref bytes) <= Limits.InFlightBytes / 2;

    void Free(long size)
    {
        progress.InFlight = Interlocked.Decrement(ref records);
        Interlocked.Add(ref bytes, -size);
    }

    void Failed(Error error, ILogger logger)
    {
        if (error.IsFatal)
        {
            failed.TrySetException(new KafkaException(error));
        }
        else
        {
            CaptureLog.Kafka(logger, error.Reason);
        }
    }
}
