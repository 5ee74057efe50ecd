using KafkaBridge.Changes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Wire;

namespace KafkaBridge.Capture.Publishing;

/// <summary>The encoder of each table's present shape; null for a table that is not replicated.</summary>
sealed class TableEncoders(IReadOnlyList<RelationName> tables, TopicNames topics, ISchemaRegistry registry, CaptureProgress progress)
{
    readonly HashSet<RelationName> replicated = [.. tables];
    readonly Dictionary<RelationName, TableEncoder> encoders = [];
    TableEncoder? last; // most changes are of the table that the one before was of

    public ValueTask<TableEncoder?> ForAsync(Relation relation, CancellationToken ct) =>
        ReferenceEquals(last?.Relation, relation) ? ValueTask.FromResult<TableEncoder?>(last) : FindAsync(relation, ct);

    async ValueTask<TableEncoder?> FindAsync(Relation relation, CancellationToken ct)
    {
        if (encoders.TryGetValue(relation.Name, out var known) && ReferenceEquals(known.Relation, relation))
        {
            return last = known;
        }

        if (!replicated.Contains(relation.Name))
        {
            return null;
        }

        if (known is not null && known.Relation.Oid == relation.Oid && known.Relation.Identity == relation.Identity
            && known.Relation.Columns.SequenceEqual(relation.Columns))
        {
            return last = encoders[relation.Name] = known with { Relation = relation };
        }

        var topic = topics.ForTable(relation.Name);
        var schema = TableSchema.For(topic, relation);
        var keyId = schema.KeySchema is null ? 0 : await registry.RegisterAsync(topic + "-key", schema.KeySchema, ct);
        var valueId = await registry.RegisterAsync(topic + "-value", schema.ValueSchema, ct);
        return last = encoders[relation.Name] = new TableEncoder(
            relation, topic, new ChangeEncoder(schema, keyId, valueId), progress.EventsOf(relation.Name));
    }
}
