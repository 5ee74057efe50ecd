using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Apply;

public sealed record NodeNumberAndName(int Number, string Name);

public sealed record ApplyOptions
{
    public required string Cluster { get; init; }
    public required string Node { get; init; }
    public required int NodeNumber { get; init; }
    public int PerNode { get; init; } = 1;
    public required string ConnectionString { get; init; }

    /// <summary>All nodes of the cluster, this one included. Asked again while running: nodes join later.</summary>
    public required Func<IReadOnlyList<NodeNumberAndName>> Nodes { get; init; }

    public required IReadOnlyList<RelationName> Tables { get; init; }

    /// <summary>Of the tables whose rules need a row's history.</summary>
    public IReadOnlyDictionary<RelationName, TableRule> Rules { get; init; } = new Dictionary<RelationName, TableRule>();

    /// <summary>The digest with which the function was published that decides a table's conflicts. Asked again while running.</summary>
    public Func<RelationName, string?> FunctionDigest { get; init; } = static _ => null;

    /// <summary>Node numbers, the preferred first; for origin_priority.</summary>
    public IReadOnlyList<int> Priorities { get; init; } = [];

    /// <summary>What becomes of rows whose foreign key refers to nothing, by the table that refers; others are reported.</summary>
    public IReadOnlyDictionary<RelationName, ForeignKeyRule> ForeignKeys { get; init; } = new Dictionary<RelationName, ForeignKeyRule>();

    /// <summary>Up to which deletes of an origin every other node says it has looked for rows that refer to them.</summary>
    public Func<int, TransactionPosition> LookedByPeers { get; init; } = static _ => default;

    /// <summary>The longest that a change waits for the target server's clock to pass its tick.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(100);
}
