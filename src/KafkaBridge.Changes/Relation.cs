namespace KafkaBridge.Changes;

/// <summary>A table's name, or a function's: PostgreSQL schema and table, unquoted.</summary>
public sealed record RelationName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}.{Name}";
}

/// <summary>What an update or delete sends of the old row (pg_class.relreplident).</summary>
public enum ReplicaIdentity { Default, Nothing, Full, Index }

/// <param name="TypeName">
/// As format_type(oid, typmod) gives it with search_path pg_catalog: <c>numeric(10,2)</c>, <c>public.colour</c>.
/// </param>
/// <param name="IsKey">Part of the primary key (else of the replica identity index); the key of the record.</param>
public sealed record RelationColumn(string Name, uint TypeOid, int TypeModifier, string TypeName, bool IsKey);

/// <summary>One table as the stream described it: columns in the order of its row values.</summary>
public sealed record Relation(uint Oid, RelationName Name, ReplicaIdentity Identity, IReadOnlyList<RelationColumn> Columns)
{
    /// <summary>Without a key a table is replicated for INSERT and TRUNCATE only.</summary>
    public bool HasKey
    {
        get
        {
            for (var i = 0; i < Columns.Count; i++) // asked for each change: no enumerator
            {
                if (Columns[i].IsKey)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Places of the columns on which unique values besides the key depend; empty: there are none.</summary>
    public IReadOnlyList<int> Claimed { get; init; } = [];
}
