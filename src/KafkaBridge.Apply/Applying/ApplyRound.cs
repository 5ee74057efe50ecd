using System.Diagnostics;
using KafkaBridge.Apply.ForeignKeys;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// One set of readers and a session for each origin, from the position rows on until something fails. Origins go their
/// own ways; the tracker keeps them off each other's rows.
/// </summary>
sealed class ApplyRound(
    ApplyOptions options,
    KafkaSettings kafka,
    TopicNames topics,
    ISchemaRegistry schemas,
    SelfProgress self,
    Dictionary<int, StoppedOrigin> stopped,
    Cautions cautions,
    bool isFirst,
    ApplyCounters counters,
    Action<OriginStatus> report,
    Action<Confluent.Kafka.Error> notCommitted,
    ILogger log) : IAsyncDisposable
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    readonly List<Lane> lanes = [];
    readonly List<Task> running = []; // the lanes' own loops, in their order
    readonly HashSet<int> known = [];
    readonly DependencyTracker tracker = new();
    readonly KnowledgeHistory knowledge = new();
    readonly ClusterProgress progress = new();
    readonly HashSet<string> withHistory = [.. options.Rules.Keys.Select(topics.ForTable)];
    readonly CancellationTokenSource stopping = new();
    ApplySession? session;
    Inputs? inputs;
    OrphanWatch? orphans;
    Task watching = Task.CompletedTask;
    long collectedAt = Stopwatch.GetTimestamp();
    volatile bool progressed;

    /// <summary>The origin whose failure ended the round; null: none in particular.</summary>
    public Lane? Failed { get; private set; }

    /// <summary>The session is open, and halts of an earlier process are forgotten: they are found again, or gone.</summary>
    public bool Opened { get; private set; }

    /// <summary>Something was applied: the next failure is a new one.</summary>
    public bool Progressed => progressed;

    /// <summary>Up to where rows that refer to deleted ones have been looked for, by origin.</summary>
    public IReadOnlyDictionary<int, TransactionPosition>? Looked => orphans?.Looked;

    public async Task RunAsync(CancellationToken ct)
    {
        session = await ApplySession.OpenAsync(options, counters, ct);
        if (isFirst)
        {
            await session.ForgetHaltsAsync(ct);
        }

        Opened = true;
        if (session.CommitTimes.Before is { } before)
        {
            log.LogWarning(
                "On {Node}: the server has lost commit times of rows. The others wait until the node's own transactions before {Before} "
                + "have noted their versions; what can't be known then is a conflict version_unknown", options.Node, before);
        }

        if (session.ForeignKeys.All.Count > 0)
        {
            orphans = new OrphanWatch(options, session.ForeignKeys, progress, self, log);
            watching = orphans.RunAsync(stopping.Token);
        }

        inputs = new Inputs(options, kafka, topics, schemas, notCommitted);
        while (true)
        {
            await LookForNodesAsync(ct);
            await NoteVersionsAsync(ct);
            await CollectAsync(ct);
            await Task.WhenAny([Task.Delay(Look, ct), .. running]);
            ct.ThrowIfCancellationRequested();
            if (running.FindIndex(task => task.IsFaulted) is var ended and >= 0)
            {
                Failed = lanes[ended];
                await running[ended];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll([watching, .. running]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (inputs is not null)
        {
            await inputs.DisposeAsync();
        }

        foreach (var lane in lanes)
        {
            await lane.DisposeAsync();
        }

        if (session is not null)
        {
            await session.DisposeAsync();
        }

        stopping.Dispose();
    }

    async Task RunAsync(Lane lane)
    {
        while (!stopping.IsCancellationRequested)
        {
            var any = await lane.StepAsync(stopping.Token);
            lane.ThrowIfReaderFailed();
            report(Status(lane));
            progressed |= any;
            if (!any)
            {
                await lane.WaitAsync(Look, stopping.Token);
            }
        }
    }

    async Task LookForNodesAsync(CancellationToken ct)
    {
        foreach (var node in options.Nodes().Where(node => !lanes.Exists(lane => lane.Node.Number == node.Number)))
        {
            known.Add(node.Number);
            var held = await session!.AddOriginAsync(node.Number, ct);
            progress.Note(node.Number, held.Position);
            if (await IsStoppedAsync(node, held, ct))
            {
                continue;
            }

            var versionsBefore = session.CommitTimes.Before ?? Lsn.Invalid;
            if (versionsBefore != Lsn.Invalid && node.Number != options.NodeNumber)
            {
                report(Status(node, held, OriginState.Waiting, LostVersions.Waits(versionsBefore)));
                continue;
            }

            if (held.Position == default)
            {
                knowledge.FollowFromBeginning(node.Number);
            }

            var orders = await session.SkipOrdersAsync(node.Number, ct);
            var reader = inputs!.Add(
                node.Number, new OriginProgress(held.Position, held.SpineOffset < 0 ? null : held.SpineOffset), orders,
                versionsBefore);
            var lane = new Lane(
                node, options, await session.ForAsync(node.Number, progress, ct), inputs, reader, tracker, knowledge, progress, self,
                held, cautions, withHistory, versionsBefore);
            lanes.Add(lane);
            running.Add(Task.Run(() => RunAsync(lane), CancellationToken.None));
        }
    }

    /// <summary>A stop is written down once; when its row is gone, a person wants it tried again.</summary>
    async Task<bool> IsStoppedAsync(NodeNumberAndName node, HeldPosition held, CancellationToken ct)
    {
        if (!stopped.TryGetValue(node.Number, out var reason))
        {
            return false;
        }

        if (reason.AwaitsDecision)
        {
            if (await session!.LostWriteOfAsync(node.Number, ct) is not { } lost)
            {
                await session.ForgetHaltAsync(node.Number, ct);
                stopped.Remove(node.Number);
                return false;
            }

            if (lost != reason.Sentence)
            {
                stopped[node.Number] = reason = reason with { Sentence = lost, IsWritten = false };
            }
        }

        var (id, sentence) = (reason.Id(node, held), reason.Describe(node, held, options.Node));
        if (!reason.IsWritten)
        {
            await session!.WriteHaltAsync(node.Number, id, sentence, ct);
            reason.IsWritten = true;
        }
        else if (!reason.AwaitsDecision && !await session!.IsHaltedAsync(node.Number, ct))
        {
            stopped.Remove(node.Number);
            return false;
        }

        report(Status(node, held, OriginState.Stopped, sentence) with { HaltId = id });
        return true;
    }

    /// <summary>The others wait until the node's own transactions have noted the versions whose commit times are lost.</summary>
    async Task NoteVersionsAsync(CancellationToken ct)
    {
        if (session!.CommitTimes.Before is { } before && self.Flushed >= before
            && lanes.Find(lane => lane.Node.Number == options.NodeNumber) is { } own)
        {
            await session.CommitTimes.NotedAsync(own.Held.Tick, ct);
        }
    }

    async Task CollectAsync(CancellationToken ct)
    {
        progress.Settled = lanes.Count == known.Count && lanes.Count > 0 ? lanes.Min(lane => lane.Watermark) : 0;
        if (Stopwatch.GetElapsedTime(collectedAt) < Limits.CollectEvery)
        {
            return;
        }

        collectedAt = Stopwatch.GetTimestamp();
        await session!.ForgetConflictsAsync(ct);
        if (progress.Settled > 0)
        {
            await CollectAloneAsync(ct);
        }
    }

    /// <summary>
    /// What is collected is compared with rows that an origin's session may just be writing, so all stand still meanwhile. Where one
    /// waits for a user's lock it is left for the next time: the others must not wait with it.
    /// </summary>
    async Task CollectAloneAsync(CancellationToken ct)
    {
        using var turn = tracker.Ask(WriteSet.Everything);
        await Task.WhenAny(turn.Granted, Task.Delay(Limits.CollectPatience, ct));
        if (turn.Granted.IsCompleted)
        {
            await session!.CollectAsync([.. known], progress, ct);
            await session.CommitTimes.MoveMarkAsync(self.Flushed, lanes.Max(lane => lane.Held.Tick), progress.Settled, ct);
        }
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
