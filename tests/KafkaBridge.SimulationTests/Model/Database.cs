using KafkaBridge.Changes;

namespace KafkaBridge.SimulationTests.Model;

/// <param name="Xmin">The (sub)transaction that wrote the row.</param>
/// <param name="Transaction">Its top transaction: for a mutant only, a server does not tell.</param>
/// <param name="Origin">The node that wrote it; null: a session of this node, without a replication origin.</param>
readonly record struct ModelRow(int Value, Claims Claims, uint Xmin, uint Transaction, long CommitTime, int? Origin)
{
    /// <summary>The server has lost commit time and origin.</summary>
    public bool IsTimeless { get; init; }
}

/// <summary>That commit times were lost, as the applier noticed it.</summary>
/// <param name="Applied">The last that had applied anything by then.</param>
/// <param name="Before">Own transactions before note their versions, and others wait; null: that is done.</param>
/// <param name="Early">No timeless row that Applied or an older one wrote is above.</param>
/// <param name="Late">Nor any other above this one.</param>
readonly record struct LostTimes(uint Applied, Lsn? Before, long Early, long Late);

/// <summary>A key's winner that is not visible: a greater row holds one of its unique values.</summary>
/// <param name="Raw">A session of this node wrote it; null: the applier.</param>
readonly record struct HiddenRow(int Value, Claims Claims, RowVersion Version, RawWrite? Raw);

/// <summary>A raw row that was hidden: its transaction's commit time, and the WAL's end then; own changes beyond are later.</summary>
readonly record struct RawWrite(long CommitTime, Lsn HiddenAt);

/// <summary>An override is valid while the row's xmin is the one noted.</summary>
/// <param name="Raw">The row was raw before it was hidden and shown again: it still counts as raw, and as that transaction's.</param>
readonly record struct ModelOverride(uint Xmin, RowVersion Version, RawWrite? Raw);

/// <summary>The last rewrite of the table: a row with that xmin and no override is older than anything that can come.</summary>
/// <param name="At">The WAL's end when it began.</param>
readonly record struct RewriteNote(uint Xmin, long CommitTime, Lsn At);

/// <summary>The position row of one origin.</summary>
readonly record struct AppliedPosition(TransactionPosition Position, long Tick, int SpineOffset);

/// <summary>What one server stores: one table, and the bridge's own tables.</summary>
sealed class Database
{
    public Database(int keys, int nodes)
    {
        (Rows, Hidden, Tombstones) = (new ModelRow?[keys], new HiddenRow?[keys], new Stamp?[keys]);
        (Overrides, Positions, Histories) = (new ModelOverride?[keys], new AppliedPosition[nodes], new KeptHistory?[keys]);
    }

    Database(Database from)
    {
        (Rows, Hidden, Tombstones) = ([.. from.Rows], [.. from.Hidden], [.. from.Tombstones]);
        (Overrides, Positions, Histories) = ([.. from.Overrides], [.. from.Positions], [.. from.Histories]);
        (TableTombstone, Rewrite, Horizon) = (from.TableTombstone, from.Rewrite, from.Horizon);
        (IsUntracked, Mark, Lost) = (from.IsUntracked, from.Mark, from.Lost);
    }

    public ModelRow?[] Rows { get; }
    public HiddenRow?[] Hidden { get; }
    public Stamp?[] Tombstones { get; }
    public Stamp? TableTombstone { get; set; }
    public ModelOverride?[] Overrides { get; }
    public RewriteNote? Rewrite { get; set; }

    /// <summary>The tick up to which was collected here, noted with the collection.</summary>
    public long Horizon { get; set; }

    /// <summary>What is committed now has no commit time.</summary>
    public bool IsUntracked { get; set; }

    /// <summary>Rows of older transactions are at or below the horizon.</summary>
    public uint Mark { get; set; }

    public LostTimes? Lost { get; set; }
    public AppliedPosition[] Positions { get; }

    /// <summary>Of a table whose rules need it, what is kept of each key.</summary>
    public KeptHistory?[] Histories { get; }

    /// <summary>A visible row besides the key's own that holds one of the values.</summary>
    public bool IsTaken(Claims claims, int exceptKey)
    {
        for (var key = 0; key < Rows.Length; key++)
        {
            if (key != exceptKey && Rows[key] is { } row && row.Claims.Collide(claims))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is stored for decisions still to come; overrides are kept while rows are hidden.</summary>
    public int StoredForDecisions() =>
        Tombstones.Count(tombstone => tombstone is not null)
        + (Hidden.All(row => row is null) ? Overrides.Count(noted => noted is not null) : 0)
        + Histories.Count(kept => kept is not null)
        + (TableTombstone is null ? 0 : 1);

    /// <summary>Whether no later step can tell them apart; positions are not compared.</summary>
    public bool IsSame(Database other)
    {
        for (var key = 0; key < Rows.Length; key++)
        {
            if (Rows[key] != other.Rows[key] || Hidden[key] != other.Hidden[key] || Tombstones[key] != other.Tombstones[key]
                || ValidOverride(key) != other.ValidOverride(key)
                || !(Histories[key]?.IsSame(other.Histories[key]) ?? other.Histories[key] is null))
            {
                return false;
            }
        }

        return TableTombstone == other.TableTombstone && Rewrite?.Xmin == other.Rewrite?.Xmin;
    }

    ModelOverride? ValidOverride(int key) => Overrides[key] is { } noted && noted.Xmin == Rows[key]?.Xmin ? noted : null;

    public Database Copy() => new(this);
}
