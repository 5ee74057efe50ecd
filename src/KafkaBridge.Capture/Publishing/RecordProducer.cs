using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using KafkaBridge.Kafka;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Capture.Publishing;

/// <summary>
/// What a session produces with: idempotent, so order in a partition is the order of producing. What is not yet
/// acknowledged is bounded; whoever would pass the bound waits. One task produces data, another the spine: by a client of its own,
/// which waits for no more records (there is one spine record on its way at most).
/// </summary>
sealed class RecordProducer : IDisposable
{
    readonly IProducer<byte[], byte[]> data;
    readonly IProducer<byte[], byte[]> spine;
    readonly CaptureProgress progress;
    readonly Signal freed = new();
    readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long records;
    long bytes;
    long answeredAt; // when Kafka answered last, or something to be answered began to wait

    public RecordProducer(KafkaSettings settings, CaptureOptions options, CaptureProgress progress, ILogger logger)
    {
        this.progress = progress;
        data = Build(Config("capture"));
        var soon = Config("spine");
        soon.LingerMs = 0;
        spine = Build(soon);

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
    public async ValueTask ProduceAsync(TopicPartition place, Message<byte[], byte[]> message, SentRecord sent, CancellationToken ct)
    {
        while (!HasRoom(sent.Size) || !TryProduce(data, place, message, sent.Size, sent.Answered))
        {
            await freed.WaitAsync(ct);
        }
    }

    /// <summary>Produces a spine record; these are so few that they need no bound of their own.</summary>
    public async ValueTask ProduceSpineAsync(
        TopicPartition place, byte[] value, Action acknowledged, CancellationToken ct)
    {
        var message = new Message<byte[], byte[]> { Value = value };
        while (!TryProduce(spine, place, message, Size(message), Answered))
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

    /// <summary>Takes Kafka's answer for a record of this size.</summary>
    /// <returns>False where Kafka refused it: the session is at its end.</returns>
    public bool Delivered(DeliveryReport<byte[], byte[]> report, long size)
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
        data.Dispose();
        spine.Dispose();
    }

    bool HasRoom(long size)
    {
        var waiting = Interlocked.Read(ref bytes);
        return Interlocked.Read(ref records) < Limits.InFlightRecords && (waiting == 0 || waiting + size <= Limits.InFlightBytes);
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
