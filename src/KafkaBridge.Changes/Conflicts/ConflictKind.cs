namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// PostgreSQL's own words (PostgreSQL 18, logical replication conflicts), then those for which it has none; what they mean
/// here stands in the decision table.
/// </summary>
public enum ConflictKind
{
    InsertExists,
    UpdateOriginDiffers,
    UpdateExists,
    UpdateMissing,
    UpdateDeleted,
    DeleteOriginDiffers,
    DeleteMissing,
    MultipleUniqueConflicts,

    /// <summary>A delete that is older than the row (Spock's word).</summary>
    DeleteExists,

    /// <summary>An insert of a row that another node deleted.</summary>
    InsertDeleted,

    /// <summary>A TRUNCATE that meets a row of another node.</summary>
    TruncateDiffers,
}

public static class ConflictKindNames
{
    static readonly string[] Names =
    [
        "insert_exists",
        "update_origin_differs",
        "update_exists",
        "update_missing",
        "update_deleted",
        "delete_origin_differs",
        "delete_missing",
        "multiple_unique_conflicts",
        "delete_exists",
        "insert_deleted",
        "truncate_differs",
    ];

    /// <summary>As PostgreSQL writes its own, and as the column of <c>kafkabridge.conflict</c> holds it.</summary>
    public static string Name(this ConflictKind kind) => Names[(int)kind];
}
