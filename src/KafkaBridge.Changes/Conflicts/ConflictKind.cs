namespace KafkaBridge.Changes.Conflicts;

/// <summary>
/// PostgreSQL's own words (PostgreSQL 18, logical replication conflicts); what they mean here stands in the decision
/// table.
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
    ];

    /// <summary>As PostgreSQL writes it, and as the column of <c>kafkabridge.conflict</c> holds it.</summary>
    public static string Name(this ConflictKind kind) => Names[(int)kind];
}
