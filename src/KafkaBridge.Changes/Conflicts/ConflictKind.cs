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

    /// <summary>A row that refers to one which another node deleted.</summary>
    ForeignKeyMissing,

    /// <summary>A change that meets a row whose commit time the server has lost: which is later is not known.</summary>
    VersionUnknown,
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
        "foreign_key_missing",
        "version_unknown",
    ];

    /// <summary>As PostgreSQL writes its own, and as the column of <c>kafkabridge.conflict</c> holds it.</summary>
    public static string Name(this ConflictKind kind) => Names[(int)kind];

    /// <summary>The kinds for which a table may have a strategy of their own.</summary>
    public static IEnumerable<ConflictKind> WithStrategy => Enum.GetValues<ConflictKind>().Where(kind => kind.Refusal() is null);

    /// <summary>Why a kind can't have a strategy of its own, and what to write.</summary>
    /// <returns>Null: it can.</returns>
    public static string? Refusal(this ConflictKind kind) => kind switch
    {
        ConflictKind.InsertExists or ConflictKind.UpdateOriginDiffers or ConflictKind.UpdateExists or ConflictKind.UpdateDeleted
            or ConflictKind.DeleteOriginDiffers or ConflictKind.InsertDeleted => null,
        ConflictKind.DeleteExists =>
            "writes are taken in the order of their versions, so that all nodes decide alike; there the delete comes first, and what "
            + "meets it is the write of the row. Write update_deleted or insert_deleted",
        ConflictKind.DeleteMissing => "both writes are deletes, and there is nothing to decide. Leave it out",
        ConflictKind.UpdateMissing => "where neither the row nor its deletion is known there is no second writer. Leave it out",
        ConflictKind.TruncateDiffers => "a table with a strategy other than last_update_wins refuses TRUNCATE. Leave it out",
        ConflictKind.VersionUnknown => "which write is later is not known, so no rule can tell, and a person decides. Leave it out",
        _ => "it is not between two writes of one row. Leave it out",
    };
}
