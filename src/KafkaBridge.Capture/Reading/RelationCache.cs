using System.Globalization;
using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Reading;

/// <summary>The tables as the stream last described them. A row of a table that it has not described stops the stream.</summary>
sealed class RelationCache(SourceCatalog catalog)
{
    readonly Dictionary<uint, Relation> relations = [];

    public Relation Get(uint oid) => relations.TryGetValue(oid, out var relation)
        ? relation
        : throw new ProtocolException(
            string.Create(CultureInfo.InvariantCulture, $"A change of the relation {oid} comes before its description."));

    /// <summary>
    /// Takes names and order from the message, which is of the change's time, and type names and the primary key from
    /// the catalog.
    /// </summary>
    public async ValueTask AcceptAsync(RelationMessage message, CancellationToken ct)
    {
        var types = await catalog.TypeNamesAsync(message.Columns, ct);
        var primaryKey = await catalog.PrimaryKeyAsync(message.Oid, ct);
        var claimed = await catalog.ClaimedColumnsAsync(message.Oid, ct);
        var relation = Build(message, types, primaryKey);
        relations[message.Oid] = relation with { Claimed = Places(relation, claimed) };
    }

    /// <summary>All places, where a column counts that the stream leaves out: a generated one.</summary>
    static IReadOnlyList<int> Places(Relation relation, IReadOnlySet<string> names)
    {
        var places = Enumerable.Range(0, relation.Columns.Count);
        return names.IsSubsetOf(relation.Columns.Select(column => column.Name))
            ? [.. places.Where(place => names.Contains(relation.Columns[place].Name))]
            : [.. places];
    }

    /// <summary>
    /// The key: what a delete is sure to send. That is what the message flags (the primary key, or the index chosen as
    /// replica identity); with FULL every column is flagged, and the primary key is it.
    /// </summary>
    internal static Relation Build(RelationMessage message, IReadOnlyList<string> typeNames, IReadOnlySet<string> primaryKey)
    {
        var columns = new RelationColumn[message.Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var column = message.Columns[i];
            var isKey = message.Identity switch
            {
                ReplicaIdentity.Full => primaryKey.Contains(column.Name),
                ReplicaIdentity.Nothing => false,
                _ => column.InIdentity,
            };
            columns[i] = new RelationColumn(column.Name, column.TypeOid, column.TypeModifier, typeNames[i], isKey);
        }

        return new Relation(message.Oid, message.Name, message.Identity, columns);
    }
}
