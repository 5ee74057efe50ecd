using KafkaBridge.Changes;

namespace KafkaBridge.Rows;

internal enum RowOutcome
{
    /// <summary>What every node shows once it has applied the log.</summary>
    Stands,

    /// <summary>A later write was made on top of it.</summary>
    Followed,

    /// <summary>It was decided against: nobody wrote on top of it.</summary>
    Lost,
}

/// <param name="Old">What its writer saw; null: not known.</param>
internal sealed record ValueChange(string Column, ColumnValue? Old, ColumnValue? New);

/// <summary>One write of a row's story, in the order in which all nodes take them.</summary>
/// <param name="Conflict">The kind, where neither this write nor the one that stood knew the other.</param>
/// <param name="Because">One sentence: what it met, which of the two won, and why.</param>
internal sealed record RowStep(
    LoggedWrite Write, RowOutcome Outcome, string? Conflict, string Because, IReadOnlyList<ValueChange> Values)
{
    /// <summary>A function put it together with what stood: what it returned stands now, and is not in the log.</summary>
    public bool IsPutTogether { get; init; }
}
