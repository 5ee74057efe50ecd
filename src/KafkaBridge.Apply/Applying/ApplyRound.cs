using System.Diagnostics;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// One session and one set of readers, from the position rows on until something fails. Origins take turns, a batch
/// each.
/// </summary>
sealed class ApplyRound(
    ApplyOptions options,
    KafkaSettings kafka,
    TopicNames topics,
    ISchemaRegistry schemas,
    SelfProgress self,
    Dictionary<int, StoppedOrigin> stopped,
    IReadOnlySet<int> oneByOne,
    bool isFirst,
    ApplyCounters counters,
    Action<OriginStatus> report,
    Action<Confluent.Kafka.Error> notCommitted) : IAsyncDisposable
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan TickWait = TimeSpan.FromMilliseconds(1);

    readonly List<Lane> lanes = [];
    readonly HashSet<int> known = [];
    readonly HashSet<int> running = [];
    readonly KnowledgeHistory knowledge = new();
    ApplySession? session;
    Inputs? inputs;
    long collectedAt = Stopwatch.GetTimestamp();
    long lookedAt;

    /// <summary>The origin being worked on; null: none in particular.</summary>
    public Lane? Current { get; private set; }

    /// <summary>The session is open, and halts of an earlier process are forgotten: they are found again, or gone.</summary>
    public bool Opened { get; private set; }

    /// <summary>Something was applied: the next failure is a new one.</summary>
    public bool Progressed { get; private set; }

    public async Task RunAsync(CancellationToken ct)
    {
        session = await ApplySession.OpenAsync(options, counters, ct);
        if (isFirst)
        {
            await session.ForgetHaltsAsync(ct);
        }

        Opened = true;
        inputs = new Inputs(options, kafka, topics, schemas, notCommitted);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            await LookForNodesAsync(ct);
            var any = false;
            foreach (var lane in lanes)
            {
                Current = lane;
                any |= await lane.StepAsync(ct);
                lane.ThrowIfReaderFailed();
                report(Status(lane));
            }

            Current = null;
            Progressed |= any;
            await CollectAsync(ct);
            if (!any)
            {
                await WaitAsync(ct);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (inputs is not null)
        {
            await inputs.DisposeAsync();
        }

        if (session is not null)
        {
            await session.DisposeAsync();
        }
    }

    async Task LookForNodesAsync(CancellationToken ct)
    {
        if (lookedAt != 0 && Stopwatch.GetElapsedTime(lookedAt) < Look)
        {
            return;
        }

        lookedAt = Stopwatch.GetTimestamp();
        foreach (var node in options.Nodes().Where(node => !running.Contains(node.Number)))
        {
            known.Add(node.Number);
            var held = await session!.AddOriginAsync(node.Number, ct);
            if (await IsStoppedAsync(node, held, ct))
            {
                continue;
            }

            running.Add(node.Number);
            if (held.Position == default)
            {
                knowledge.FollowFromBeginning(node.Number);
            }

            var orders = await session.SkipOrdersAsync(node.Number, ct);
            var reader = inputs!.Add(
                node.Number, new OriginProgress(held.Position, held.SpineOffset < 0 ? null : held.SpineOffset), orders);
            lanes.Add(new Lane(node, options, session, inputs, reader, knowledge, self, held, oneByOne.Contains(node.Number)));
        }
    }

    /// <summary>A stop is written down once; when its row is gone, a person wants it tried again.</summary>
    async Task<bool> IsStoppedAsync(NodeNumberAndName node, HeldPosition held, CancellationToken ct)
    {
        if (!stopped.TryGetValue(node.Number, out var reason))
        {
            return false;
        }

        var (id, sentence) = (reason.Id(node, held), reason.Describe(node, held, options.Node));
        if (!reason.IsWritten)
        {
            await session!.WriteHaltAsync(node.Number, id, sentence, ct);
            reason.IsWritten = true;
        }
        else if (!await session!.IsHaltedAsync(node.Number, ct))
        {
            stopped.Remove(node.Number);
            return false;
        }

        report(Status(node, held, OriginState.Stopped, sentence) with { HaltId = id });
        return true;
    }

    async Task CollectAsync(CancellationToken ct)
    {
        if (Stopwatch.GetElapsedTime(collectedAt) < Limits.CollectEvery)
        {
            return;
        }

        collectedAt = Stopwatch.GetTimestamp();
        await session!.ForgetConflictsAsync(ct);
        var least = lanes.Count == known.Count && lanes.Count > 0 ? lanes.Min(lane => lane.Watermark) : 0;
        if (least > 0)
        {
            await session.CollectAsync(least, ct);
        }
    }

    async Task WaitAsync(CancellationToken ct)
    {
        var timer = Task.Delay(lanes.Exists(lane => lane.Waits) ? TickWait : Look, ct);
        await Task.WhenAny([timer, .. lanes.Where(lane => !lane.Waits).Select(lane => lane.Readable)]);
    }

    OriginStatus Status(Lane lane) =>
        Status(lane.Node, lane.Held, lane.Waits ? OriginState.Waiting : OriginState.Running, null) with
        {
            CommitTime = lane.CommitTime,
            Skipped = lane.Skipped,
            Pending = lane.Pending,
            Watermark = lane.Watermark,
        };

    OriginStatus Status(NodeNumberAndName node, HeldPosition held, OriginState state, string? sentence)
    {
        var counts = counters.Of(node.Number);
        return new OriginStatus(
            node.Number, node.Name, held.Position, held.Tick, 0, counts.Events, counts.Transactions, counts.Conflicts, 0, 0, state,
            sentence, 0)
        {
            SpineOffset = held.SpineOffset,
            Latency = counts.Latency,
        };
    }
}
