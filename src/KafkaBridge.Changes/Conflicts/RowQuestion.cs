namespace KafkaBridge.Changes.Conflicts;

/// <summary>What a function of the user's is asked: what stands, and a write that did not know all of it. Not both are deletes.</summary>
/// <param name="Present">Null: the row is deleted.</param>
/// <param name="PresentVersion">Of the last write that took.</param>
/// <param name="Next">Null: the write is a delete.</param>
public readonly record struct RowQuestion<TValue>(
    TValue[]? Present, RowVersion PresentVersion, TValue[]? Next, RowVersion NextVersion);
