using System.Diagnostics;
using Confluent.Kafka;
using KafkaBridge.Capture.Publishing;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KafkaBridge.Capture;

/// <summary>
/// One attempt at the log: takes the slot, finds where the spine ends, announces itself there, then reads, publishes and
/// confirms until something breaks. Nothing of it outlives it; the next session starts from the spine.
/// </summary>
sealed class CaptureSession(
    CaptureOptions options,
    KafkaSettings kafka,
    TopicNames topics,
    ISchemaRegistry registry,
    SelfProgress self,
    CaptureProgress progress,
    ILogger logger) : IAsyncDisposable
{
    readonly CancellationTokenSource stop = new();
    readonly NpgsqlConnection connection = new(SessionSettings.ForReplication(options.ConnectionString));
    readonly Signal acknowledged = new();
    readonly OtherOrigins others = new(options.ConnectionString);
    readonly SemaphoreSlim telling = new(1); // held while a status is sent, and while the stream that it goes to is changed
    WalStream? stream;
    RecordProducer? producer;

    int Partition => options.NodeNumber * options.PerNode;

    public async Task RunAsync(CancellationToken ct)
    {
        progress.State = CaptureState.Starting;
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, stop.Token);
        var token = linked.Token;
        var slot = ReplicationSlot.NameFor(options.Cluster, options.Node);
        await connection.OpenAsync(token);
        var source = await SourceHistory.ReadAsync(connection, token);
        if (source.IsStandby)
        {
            throw new IOException("The server is a standby now: its dsn has to lead to the primary.");
        }

        SessionStart.RequireSameTimeline(source);
        await SlotAcquisition.EnsureAsync(connection, slot, options, kafka, topics, logger, token);
        var (wal, firstRead, state) = await TakeAsync(slot, null, token);

        var end = await OwnPartition.LastSpineAsync(kafka, topics, options.NodeNumber, Partition, token);
        SessionStart.RequireNotEmptied(state, end, topics.Spine, options.AppliedByPeers());
        var start = SessionStart.Decide(state, end.Last, options.Epoch, source.WalEnd, options.AppliedByPeers());
        var lastTick = end.Last is null
            ? 0
            : await Task.Run(
                () => SpineTail.LastTick(kafka, topics, options.NodeNumber,
                    new TopicPartitionOffset(topics.Spine, Partition, end.Offset), token), token);
        var catalog = new SourceCatalog(connection);
        var applied = start.Applied ?? await catalog.PositionsAsync(token);
        var versions = new VersionAssigner(lastTick, start.Watermark, HighestOfOthers(applied));

        producer = new RecordProducer(kafka, options, progress, logger);
        var schema = await registry.RegisterAsync(topics.Spine + "-value", SpineCodec.SchemaJson, token);
        var spine = new SpineWriter(options, topics, start.Session, schema, producer, others, acknowledged, progress);
        await spine.StartSessionAsync(start.Published, start.Watermark, applied, token);
        progress.Session = start.Session;
        progress.State = CaptureState.Running;
        CaptureLog.SessionStarted(logger, options.Node, start.Session, options.Epoch, slot, start.Published);

        var encoders = new TableEncoders(options.Tables, topics, registry, progress);
        var publisher = new TransactionPublisher(options, topics, encoders, catalog, producer, acknowledged, start.Session);
        var clock = new SourceClock(options.ConnectionString, options.Heartbeat, progress);
        var parts = new SessionParts(catalog, new RelationCache(catalog), publisher, spine, acknowledged, clock.Readings,
            new ClockGuard(options, progress, logger), others, applied, await catalog.MarkKeyAsync(token),
            from => LeaveOutAsync(slot, from, token));
        var reader = new WalReader(options, wal, start, versions, parts, progress);
        await TogetherAsync(
        [
            reader.RunAsync(firstRead, token), spine.RunAsync(token), clock.RunAsync(token), ConfirmAsync(token),
            producer.WatchAsync(Limits.Unanswered, token), producer.Failure,
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (stream is not null)
        {
            await stream.DisposeAsync();
        }

        producer?.Dispose();
        await others.DisposeAsync();
        await connection.DisposeAsync();
        stop.Dispose();
        telling.Dispose();
    }

    /// <param name="ownFrom">See <see cref="WalStream.OpenAsync"/>.</param>
    async Task<(WalStream Wal, Task<bool> FirstRead, SlotState State)> TakeAsync(string slot, Lsn? ownFrom, CancellationToken ct)
    {
        var wal = stream = await WalStream.OpenAsync(options.ConnectionString, slot, ownFrom, ct);
        var firstRead = wal.ReadAsync();
        var state = await SlotAcquisition.HoldAsync(connection, slot, wal, firstRead, ct);
        await wal.PrepareGatheringAsync(connection, ct);
        return (wal, firstRead, state);
    }

    /// <summary>The stream begins anew without what has an origin.</summary>
    /// <param name="from">All that committed before it stands in the spine.</param>
    async Task<(WalStream Wal, Task<bool> FirstRead)> LeaveOutAsync(string slot, Lsn from, CancellationToken ct)
    {
        await telling.WaitAsync(ct);
        var before = stream!;
        stream = null;
        await before.DisposeAsync();
        await ReplicationSlot.WaitUntilLeftAsync(connection, slot, before.ProcessId, ct);
        await others.BeginAsync(ct);
        var (wal, firstRead, _) = await TakeAsync(slot, from, ct);
        telling.Release();
        CaptureLog.LeavesOut(logger, options.Node, from);
        return (wal, firstRead);
    }

    /// <summary>The first to end ends all; its failure is the session's.</summary>
    async Task TogetherAsync(Task[] tasks)
    {
        var first = await Task.WhenAny(tasks);
        if (first.Exception?.InnerException is { } failure)
        {
            (progress.State, progress.LastError) = (CaptureState.Reconnecting, failure.Message); // the others' end may take a while
        }

        await stop.CancelAsync();
        foreach (var task in tasks[..^1]) // the last is the producer's failure, which doesn't end by itself
        {
            await task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        await first;
    }

    /// <summary>
    /// Tells the server what it may forget: acknowledged in the spine, and flushed by the node's own apply where that
    /// runs.
    /// </summary>
    async Task ConfirmAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(options.Heartbeat < Limits.ConfirmEvery ? options.Heartbeat : Limits.ConfirmEvery);
        var (told, toldAt) = (Lsn.Invalid, Stopwatch.GetTimestamp());
        while (await timer.WaitForNextTickAsync(ct))
        {
            var confirmed = progress.AccountedTo;
            if (self.Flushed is var flushed && flushed != Lsn.Invalid && flushed < confirmed)
            {
                confirmed = flushed;
            }

            await telling.WaitAsync(ct);
            if (stream is { } wal && confirmed != Lsn.Invalid
                && (confirmed != told || Stopwatch.GetElapsedTime(toldAt) >= options.Heartbeat))
            {
                wal.Confirm(confirmed);
                progress.Confirmed = confirmed;
                await wal.SendStatusAsync(ct);
                (told, toldAt) = (confirmed, Stopwatch.GetTimestamp());
            }

            telling.Release();
        }
    }

    long HighestOfOthers(IReadOnlyList<Knowledge> applied)
    {
        var highest = 0L;
        foreach (var knowledge in applied)
        {
            if (knowledge.Node != options.NodeNumber)
            {
                highest = Math.Max(highest, knowledge.Tick);
            }
        }

        return highest;
    }
}
