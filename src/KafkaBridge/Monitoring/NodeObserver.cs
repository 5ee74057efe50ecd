using Confluent.Kafka;
using KafkaBridge.Apply;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Npgsql;

namespace KafkaBridge.Monitoring;

/// <summary>Conflicts of one kind since the process started.</summary>
internal readonly record struct ConflictGroup(int Writer, string Schema, string Table, string Type, string Resolution);

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
    long lastConflict = conflictsFrom;

    public Observation Last { get; private set; } = Observation.None;

    public async Task ObserveAsync(ApplyStatus apply, int perNode, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(node.ConnectionString);
        await connection.OpenAsync(ct);
        var slot = await ReplicationSlot.InspectAsync(connection, options.SlotName(node), ct);
        var conflicts = await ConflictsAsync(connection, ct);
        Last = Last with { Slot = slot, Conflicts = conflicts };

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

    /// <summary>
    /// One session applies, so conflicts are committed in the order of their ids: what is new is behind the last one
    /// seen.
    /// </summary>
    async Task<IReadOnlyDictionary<ConflictGroup, long>> ConflictsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Sql = """
            SELECT remote_writer, schemaname, relname, conflict_type, resolution, count(*), max(id)
            FROM kafkabridge.conflict WHERE id > $1 GROUP BY 1, 2, 3, 4, 5
            """;
        var conflicts = new Dictionary<ConflictGroup, long>(Last.Conflicts);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = lastConflict });
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var group = new ConflictGroup(rows.GetInt32(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetString(4));
            conflicts[group] = conflicts.GetValueOrDefault(group) + rows.GetInt64(5);
            lastConflict = Math.Max(lastConflict, rows.GetInt64(6));
        }

        return conflicts;
    }
}
