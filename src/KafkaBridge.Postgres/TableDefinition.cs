using KafkaBridge.Changes;

namespace KafkaBridge.Postgres;

/// <summary>One column as the catalog has it. The order of a table's columns is the order of its row type.</summary>
/// <param name="TypeName">format_type with search_path pg_catalog: <c>numeric(10,2)</c>, <c>public.colour</c>.</param>
/// <param name="IsGenerated">GENERATED ALWAYS AS (expression): never written.</param>
/// <param name="IsIdentityAlways">GENERATED ALWAYS AS IDENTITY: written on insert only, with OVERRIDING SYSTEM VALUE.</param>
/// <param name="Collation">The qualified, quoted collation where it is not the type's own.</param>
/// <param name="Equality">Of a key column: the key index's own equality, as <c>OPERATOR(schema.=)</c>.</param>
public sealed record ColumnDefinition(
    string Name,
    uint TypeOid,
    string TypeName,
    bool IsKey,
    bool IsNotNull,
    bool IsGenerated,
    bool IsIdentityAlways,
    bool HasDefault,
    string? Collation,
    string? Equality)
{
    /// <summary>
    /// boolean, bytea, bigint, smallint, integer, text, oid, date, varchar, uuid: values of one type are equal where their
    /// texts are.
    /// </summary>
    static readonly HashSet<uint> EqualAsText = [16, 17, 20, 21, 23, 25, 26, 1082, 1043, 2950];

    /// <summary>Two values are equal for its type where they are written alike, and only there.</summary>
    public bool IsEqualAsText => EqualAsText.Contains(TypeOid) && Collation is null or "pg_catalog.\"C\"";

    /// <summary>Of a generated column: over the other columns, unqualified.</summary>
    public string? Generation { get; init; }
}

/// <summary>One table of the target. Without key columns it takes INSERT and TRUNCATE only.</summary>
/// <param name="KeyIsDeferrable">The key's constraint is deferrable: it can't arbitrate ON CONFLICT.</param>
/// <param name="Claims">What its rows claim besides the key: unique indexes and exclusion constraints.</param>
public sealed record TableDefinition(
    uint Oid,
    RelationName Name,
    ReplicaIdentity Identity,
    IReadOnlyList<ColumnDefinition> Columns,
    bool KeyIsDeferrable,
    IReadOnlyList<ClaimDefinition> Claims)
{
    /// <summary>A trigger or rule of it fires where changes are applied (ENABLE REPLICA or ALWAYS), and may look at other tables.</summary>
    public bool IsObserved { get; init; }

    /// <summary>To tables that were read with this one.</summary>
    public IReadOnlyList<ForeignKeyDefinition> ForeignKeys { get; init; } = [];

    /// <summary>A foreign key of a table with a key, read with this one, refers to it.</summary>
    public bool IsReferenced { get; init; }

    /// <summary>The columns besides the key that such foreign keys refer to.</summary>
    public IReadOnlyList<string> ReferencedValues { get; init; } = [];

    public IEnumerable<ColumnDefinition> KeyColumns => Columns.Where(column => column.IsKey);

    public bool HasKey => Columns.Any(column => column.IsKey);

    /// <summary>Rows may have to be hidden: the key's winner need not be visible.</summary>
    public bool HasClaims => HasKey && Claims.Count > 0;
}
