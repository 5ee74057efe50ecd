using KafkaBridge.Changes;

namespace KafkaBridge.SimulationTests.Model;

/// <param name="Xmin">The (sub)transaction that wrote the row.</param>
/// <param name="Transaction">Its top transaction: for a mutant only, a server does not tell.</param>
/// <param name="Origin">The node that wrote it; null: a session of this node, without a replication origin.</param>
readonly record struct ModelRow(int Value, uint Xmin, uint Transaction, long CommitTime, int? Origin);

/// <summary>An override is valid while the row's xmin is the one noted.</summary>
readonly record struct ModelOverride(uint Xmin, Stamp Stamp);

/// <summary>The position row of one origin.</summary>
readonly record struct AppliedPosition(TransactionPosition Position, long Tick, int SpineOffset);

/// <summary>What one server stores: one table, and the bridge's own tables.</summary>
sealed class Database(int keys, int nodes)
{
    public ModelRow?[] Rows { get; private set; } = new ModelRow?[keys];
    public Stamp?[] Tombstones { get; private set; } = new Stamp?[keys];
    public Stamp? TableTombstone { get; set; }
    public ModelOverride?[] Overrides { get; private set; } = new ModelOverride?[keys];
    public AppliedPosition[] Positions { get; private set; } = new AppliedPosition[nodes];

    public Database Copy() => new(0, 0)
    {
        Rows = [.. Rows],
        Tombstones = [.. Tombstones],
        TableTombstone = TableTombstone,
        Overrides = [.. Overrides],
        Positions = [.. Positions],
    };
}
