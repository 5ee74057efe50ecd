using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka.Registry;

/// <summary>
/// The registry without a service: its log is the topic <c>cluster.schemas</c>, in Confluent's record format, and every
/// node writes it. Node n takes ids and versions of the residue 1 + n modulo 1000, so two nodes never choose the same one;
/// what counts is what came back through the log, never what was sent.
/// </summary>
public sealed class EmbeddedSchemaRegistry : ISchemaRegistry
{
    readonly SchemaTable table = new(); // guarded by gate
    readonly Lock gate = new();
    readonly ConcurrentDictionary<(string Subject, string Schema), int> registered = new();
    readonly ConcurrentDictionary<int, string> found = new();
    readonly SemaphoreSlim registering = new(1);
    readonly string topic;
    readonly int residue;
    readonly LogWriter writer;
    LogReader? reader;

    EmbeddedSchemaRegistry(string topic, int node, LogWriter writer)
    {
        this.topic = topic;
        residue = (1 + node) % Limits.Nodes;
        this.writer = writer;
    }

    /// <summary>Records that are no registry's, which are passed over; a place and a reason each.</summary>
    public IReadOnlyList<string> Foreign => Reader.Foreign;

    LogReader Reader => reader ?? throw new InvalidOperationException("The log is not being read.");

    /// <summary>Returns when the log has been read to its present end; it is followed from there.</summary>
    /// <param name="node">This node's number.</param>
    public static Task<EmbeddedSchemaRegistry> StartAsync(KafkaSettings settings, TopicNames topics, int node, CancellationToken ct) =>
        StartAsync(
            settings, topics.Schemas, KafkaSettings.ClientId(topics.Cluster, node.ToString(CultureInfo.InvariantCulture), "schemas"),
            node, ct);

    /// <param name="topic">Of one partition; it is there.</param>
    public static async Task<EmbeddedSchemaRegistry> StartAsync(
        KafkaSettings settings, string topic, string clientId, int node, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(node, Limits.Nodes);
        var registry = new EmbeddedSchemaRegistry(topic, node, new LogWriter(settings, clientId, new TopicPartition(topic, 0)));
        try
        {
            registry.reader = await LogReader.StartAsync(settings, clientId, new TopicPartition(topic, 0), registry.Read, ct);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    public ValueTask<int> RegisterAsync(string subject, string schema, CancellationToken ct) =>
        registered.TryGetValue((subject, schema), out var id)
            ? ValueTask.FromResult(id)
            : new ValueTask<int>(RegisterNewAsync(subject, schema, ct));

    public ValueTask<string> GetAsync(int id, CancellationToken ct) =>
        found.TryGetValue(id, out var schema) ? ValueTask.FromResult(schema) : new ValueTask<string>(FindAsync(id, ct));

    public async ValueTask DisposeAsync()
    {
        if (reader is not null)
        {
            await reader.DisposeAsync();
        }

        writer.Dispose();
        registering.Dispose();
    }

    internal IReadOnlyList<string> Subjects()
    {
        lock (gate)
        {
            return [.. table.Subjects.Where(subject => table.Versions(subject).Count > 0)];
        }
    }

    /// <summary>In rising order; empty where the subject is not known.</summary>
    internal IReadOnlyList<SchemaRecord> Versions(string subject)
    {
        lock (gate)
        {
            return table.Versions(subject);
        }
    }

    internal SchemaRecord? Find(string subject, string schema)
    {
        var compact = Compact(schema);
        lock (gate)
        {
            return table.Find(subject, compact);
        }
    }

    /// <summary>By <see cref="SchemaTable.Guid"/>; null where no schema of the log has it.</summary>
    internal (int Id, string Schema)? Find(Guid guid)
    {
        lock (gate)
        {
            return table.Find(guid);
        }
    }

    internal Task RefreshAsync(CancellationToken ct) => Reader.ReadToEndAsync(ct);

    static string Compact(string schema)
    {
        try
        {
            return SchemaTable.Compact(schema);
        }
        catch (FormatException error)
        {
            throw new SchemaRegistryException(SchemaRegistryException.InvalidSchema, error.Message, error);
        }
    }

    async Task<int> RegisterNewAsync(string subject, string schema, CancellationToken ct)
    {
        var compact = Compact(schema);
        await registering.WaitAsync(ct);
        try
        {
            await Reader.ReadToEndAsync(ct); // a peer's equal schema gives its id
            for (var attempt = 0; attempt < Limits.Races; attempt++)
            {
                SchemaRecord next;
                lock (gate)
                {
                    if (table.Find(subject, compact) is { } known)
                    {
                        registered[(subject, schema)] = known.Id;
                        return known.Id;
                    }

                    next = new SchemaRecord(
                        subject, table.NextVersion(subject, residue), table.IdOf(compact) ?? table.NextId(residue), schema, Deleted: false);
                }

                var offset = await writer.AppendAsync(next.Key(), next.Value(), ct);
                await Reader.ReachAsync(offset + 1, ct);
                await RestoreAsync(next, ct);
            }
        }
        finally
        {
            registering.Release();
        }

        throw new SchemaRegistryException(0, $"{topic}: no free schema id in {Limits.Races} attempts: does another process run as "
            + $"this node?");
    }

    // Only a second process of this node can have taken our version first. Compaction would keep our record instead of the one
    // that stands: write that again.
    async Task RestoreAsync(SchemaRecord written, CancellationToken ct)
    {
        SchemaRecord? stands;
        lock (gate)
        {
            stands = table.Versions(written.Subject).FirstOrDefault(record => record.Version == written.Version);
        }

        if (stands is not null && stands != written)
        {
            await writer.AppendAsync(stands.Key(), stands.Value(), ct);
        }
    }

    async Task<string> FindAsync(int id, CancellationToken ct)
    {
        if (Look(id) is { } present)
        {
            return present;
        }

        await Reader.ReadToEndAsync(ct);
        return Look(id) ?? throw new SchemaRegistryException(
            SchemaRegistryException.SchemaNotFound, $"{topic}: no schema has the id {id}: its record was deleted, or the data was "
                + $"written with another registry.");
    }

    string? Look(int id)
    {
        lock (gate)
        {
            var schema = table.Schema(id);
            return schema is null ? null : found.GetOrAdd(id, schema);
        }
    }

    void Read(ConsumeResult<byte[], byte[]> result)
    {
        if (SchemaRecord.Parse(result.Message.Key, result.Message.Value) is { } record)
        {
            lock (gate)
            {
                table.Add(record);
            }
        }
    }
}
