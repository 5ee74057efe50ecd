using System.Diagnostics;
using KafkaBridge.Apply;
using KafkaBridge.Capture;
using KafkaBridge.Changes;
using KafkaBridge.Gates;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Monitoring;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;

namespace KafkaBridge;

/// <summary>One node's bridge: its WAL to Kafka, the others' changes from Kafka.</summary>
internal sealed class NodeBridge : IAsyncDisposable
{
    static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);
    static readonly TimeSpan ClockReportInterval = TimeSpan.FromSeconds(10);
    static readonly TimeSpan ObserveInterval = TimeSpan.FromSeconds(2);

    /// <summary>What the last report may take once everything else has ended.</summary>
    static readonly TimeSpan LastReport = TimeSpan.FromSeconds(2);

    readonly BridgeOptions options;
    readonly Membership membership;
    readonly int perNode;
    readonly ConflictPublisher conflicts;
    readonly NodeObserver observer;
    readonly ILogger log;
    string reported = "";
    long reportedAt;

    NodeBridge(
        BridgeOptions options, NodeOptions node, NodeClaim claim, Membership membership, int perNode, ISchemaRegistry registry,
        CaptureWorker capture, ApplyWorker apply, ConflictPublisher conflicts, NodeObserver observer, ILogger log)
    {
        (this.options, Node, Claim, this.membership, this.perNode, this.log) = (options, node, claim, membership, perNode, log);
        (Registry, Capture, Apply, this.conflicts, this.observer) = (registry, capture, apply, conflicts, observer);
    }

    public NodeOptions Node { get; }
    public NodeClaim Claim { get; }
    public ISchemaRegistry Registry { get; }
    public CaptureWorker Capture { get; }
    public ApplyWorker Apply { get; }

    public Observation Observed => observer.Last;
    public LockHolder? LockHolder => observer.Holder;

    public IReadOnlyList<NodeClaim> Peers => membership.Nodes;

    public static async Task<NodeBridge> OpenAsync(
        BridgeOptions options, NodeOptions node, PublishedConfig config, Membership membership, KafkaSettings settings, TopicNames topics,
        ILoggerFactory factory, CancellationToken ct)
    {
        NodeClaim claim;
        DatabaseIdentity identity;
        int epoch;
        long conflicts;
        ReplicatedTables replicated;
        await using (var database = await NodeDatabase.OpenAsync(node, ct))
        {
            identity = await database.IdentityAsync(ct);
            var held = await database.AtAsync(connection => BridgeSchema.ReadAsync(connection, ct));
            claim = RunGate.RequireClaim(options, node, membership, identity, held);
            conflicts = await database.ScalarAsync<long>("SELECT coalesce(max(id), 0) FROM kafkabridge.conflict", ct);
            epoch = Math.Max(claim.Epoch, held!.Epoch);
            replicated = await RunGate.RequireSourceAsync(options, database, membership, claim, config, ct);
            await RunGate.RequireFreeSlotAsync(options, database, identity.Database, ct);
        }

        var registry = await Wiring.OpenRegistryAsync(options, settings, claim.Number, ct);
        IReadOnlyList<RelationName> tables = [.. config.Tables.Select(TableName.Parse)];
        var rules = tables.Select(table => (table, rule: options.Conflicts.For(table.ToString())))
            .Where(one => one.rule.NeedsHistory).ToDictionary(one => one.table, one => one.rule);
        var progress = new SelfProgress();
        var captureOptions = new CaptureOptions
        {
            Cluster = options.Cluster,
            Node = node.Name,
            NodeNumber = claim.Number,
            Epoch = epoch,
            PerNode = config.PerNode,
            ConnectionString = node.ConnectionString,
            Database = identity.Database,
            Tables = tables,
            SelfApplied = rules.Keys.Concat(replicated.ReferencedByValue).ToHashSet(),
            ConfigVersion = config.Version,
            Heartbeat = options.Heartbeat,
            AppliedByPeers = () => RunGate.AppliedByPeers(membership, claim.Number),
            FurthestPeer = () => membership.Clocks.FurthestBut(node.Name),
            MaxSkew = options.MaxSkew,
        };
        var applyOptions = new ApplyOptions
        {
            Cluster = options.Cluster,
            Node = node.Name,
            NodeNumber = claim.Number,
            PerNode = config.PerNode,
            ConnectionString = node.ConnectionString,
            Nodes = () => [.. membership.Nodes.Select(peer => new NodeNumberAndName(peer.Number, peer.Name))],
            Tables = tables,
            Rules = rules,
            FunctionDigest = table => membership.Config?.Functions.GetValueOrDefault(table.ToString()),
            Priorities = options.Conflicts.Priorities(membership.Nodes),
            ForeignKeys = tables.ToDictionary(table => table, options.Conflicts.ForeignKeys.For),
            LookedByPeers = origin => membership.Nodes.Where(peer => peer.Number != claim.Number)
                .Select(peer => membership.Reports.GetValueOrDefault(peer.Name)?.Looked.GetValueOrDefault(origin) ?? default)
                .DefaultIfEmpty().Min(),
            MaxWait = options.MaxWait,
        };
        var log = factory.CreateLogger(node.Name);
        var capture = new CaptureWorker(captureOptions, settings, topics, registry, progress, factory.CreateLogger("capture"));
        var apply = new ApplyWorker(applyOptions, settings, topics, registry, progress, factory.CreateLogger("apply"));
        var publisher = new ConflictPublisher(applyOptions, settings, topics, factory.CreateLogger("conflicts"));
        var observer = new NodeObserver(options, node, claim, membership, settings, conflicts);
        return new NodeBridge(options, node, claim, membership, config.PerNode, registry, capture, apply, publisher, observer, log);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        log.LogInformation("node {Node} (number {Number}) of cluster {Cluster} runs", Node.Name, Claim.Number, options.Cluster);
        Task[] running =
        [
            Capture.RunAsync(stop.Token), Apply.RunAsync(stop.Token), conflicts.RunAsync(stop.Token), ReportAsync(stop.Token),
            ObserveAsync(stop.Token),
        ];
        try
        {
            await await Task.WhenAny(running);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            ErrorReport.SetWhere(exception, NodeDatabase.Where(Node));
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using var last = new CancellationTokenSource(LastReport);
            await ReportOnceAsync(last.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Tells the cluster how far this node is, when it moved, and now and then what its server's clock shows. A report
    /// that fails costs nothing: the next one says it again.
    /// </summary>
    async Task ReportAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(ReportInterval);
        while (await timer.WaitForNextTickAsync(ct))
        {
            await ReportOnceAsync(ct);
        }
    }

    async Task ReportOnceAsync(CancellationToken ct)
    {
        var status = Apply.Status;
        var (origins, looked) = (status.Origins, status.Looked);
        var applied = origins.ToDictionary(origin => origin.Writer, origin => origin.Position);
        var halted = origins.Where(origin => origin.State == OriginState.Stopped).ToDictionary(
            origin => origin.Writer, origin => origin.Sentence ?? "");
        var captured = Capture.Status.Acknowledged;
        var now = $"{captured} " + string.Join(' ', origins.Select(
            origin => $"{origin.Writer}={origin.Position}{(halted.ContainsKey(origin.Writer) ? origin.Sentence : "")}"))
            + string.Concat(looked.OrderBy(one => one.Key));
        if (now == reported && Stopwatch.GetElapsedTime(reportedAt) < ClockReportInterval)
        {
            return;
        }

        try
        {
            var clock = Capture.Status.ClockSkew is { } ahead ? UnixTime.Microseconds(DateTime.UtcNow + ahead) : 0;
            await membership.ReportAsync(
                new AppliedReport(Node.Name, Claim.Number, applied, clock, captured)
                {
                    Halted = halted,
                    Looked = looked,
                },
                ct);
            (reported, reportedAt) = (now, Stopwatch.GetTimestamp());
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogWarning(exception, "node {Node}: the position report did not get through; it is tried again", Node.Name);
        }
    }

    /// <summary>
    /// For metrics, and to say who holds the applier up: what fails is seen again at the next look, and meanwhile the last
    /// figures stand.
    /// </summary>
    async Task ObserveAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(ObserveInterval);
        LockHolder? told = null;
        do
        {
            try
            {
                await observer.ObserveAsync(Apply.Status, perNode, ct);
                if (observer.Holder is { } holder && holder.Pid != told?.Pid)
                {
                    log.LogWarning("node {Node}: {Sentence}", Node.Name, holder.Sentence);
                }

                told = observer.Holder;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                log.LogDebug(exception, "node {Node}: slot, conflicts and dead letters could not be looked at", Node.Name);
            }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    public ValueTask DisposeAsync()
    {
        observer.Dispose();
        return Registry.DisposeAsync();
    }
}
