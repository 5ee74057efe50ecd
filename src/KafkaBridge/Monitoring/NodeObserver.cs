using Confluent.Kafka;
using KafkaBridge.Apply;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Npgsql;

namespace KafkaBridge.Monitoring;

/// <summary>What the node's server and Kafka say of it, some seconds old; null until they were asked.</summary>
internal sealed record Observation(
    SlotState? Slot, long? DeadLetters, IReadOnlyDictionary<ConflictGroup, long> Conflicts, IReadOnlyDictionary<int, Backlog> Backlogs)
{
    public static readonly Observation None = new(null, null, new Dictionary<ConflictGroup, long>(), new Dictionary<int, Backlog>());
}

/// <summary>
/// Asks what the workers don't know of themselves: the slot, conflicts by kind, dead letters, how far the others are
/// ahead.
/// </summary>
/// <param name="conflictsFrom">The last conflict before the process started.</param>
internal sealed class NodeObserver(
    BridgeOptions options, NodeOptions node, NodeClaim claim, Membership membership, KafkaSettings kafka, long conflictsFrom) : IDisposable
{
    readonly PartitionEnds ends = new(kafka, KafkaSettings.ClientId(options.Cluster, node.Name, "observer"));
    readonly TopicNames topics = Wiring.Topics(options);
    readonly Dictionary<int, BacklogMeter> meters = [];
    readonly ConflictCounts conflicts = new(conflictsFrom);

    public Observation Last { get; private set; } = Observation.None;

    /// <summary>Null while the applier waits for nobody.</summary>
    public LockHolder? Holder { get; private set; }

    public async Task ObserveAsync(ApplyStatus apply, int perNode, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(node.ConnectionString);
        await connection.OpenAsync(ct);
        Holder = await LockHolder.FindAsync(connection, options.Cluster, node.Name, ct);
        var slot = await ReplicationSlot.InspectAsync(connection, options.SlotName(node), ct);
        Last = Last with { Slot = slot, Conflicts = await conflicts.CountAsync(connection, ct) };

        var deadLetters = new TopicPartition(topics.Dlq, claim.Number * perNode);
        var others = apply.Origins.Where(origin => origin.Writer != claim.Number).ToList();
        var offsets = await ends.ReadAsync([deadLetters, .. others.Select(origin => Spine(origin, perNode))]);
        Last = Last with
        {
            DeadLetters = offsets[deadLetters],
            Backlogs = others.ToDictionary(origin => origin.Writer, origin => Behind(origin, offsets[Spine(origin, perNode)])),
        };
    }

    public void Dispose() => ends.Dispose();

    TopicPartition Spine(OriginStatus origin, int perNode) => new(topics.Spine, origin.Writer * perNode);

    Backlog Behind(OriginStatus origin, long end)
    {
        if (!meters.TryGetValue(origin.Writer, out var meter))
        {
            meters[origin.Writer] = meter = new BacklogMeter();
        }

        var published = membership.Reports.GetValueOrDefault(origin.Name)?.CapturedLsn ?? default;
        return meter.Look(DateTime.UtcNow, published, origin.Position.CommitLsn, origin.Pending, end - 1 - origin.SpineOffset);
    }
}
