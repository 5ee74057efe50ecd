namespace KafkaBridge.Changes;

/// <summary>What happened to one table, as the source committed it. Exactly one of the four below.</summary>
/// <param name="Ordinal">The place in its transaction as decoded, from 0.</param>
public abstract record Change(int Ordinal)
{
    public required Relation Relation { get; init; }
}

/// <summary>Values are in the relation's column order and complete.</summary>
public sealed record Insert(int Ordinal) : Change(Ordinal)
{
    public required ColumnValue[] New { get; init; }
}

/// <summary>
/// <see cref="Old"/> is null where the log has no old row; it may hold the key's columns only (
/// <see cref="OldIsKeyOnly"/>).
/// </summary>
public sealed record Update(int Ordinal) : Change(Ordinal)
{
    public required ColumnValue[] New { get; init; }
    public ColumnValue[]? Old { get; init; }
    public bool OldIsKeyOnly { get; init; }
}

public sealed record Delete(int Ordinal) : Change(Ordinal)
{
    public required ColumnValue[] Old { get; init; }
    public bool OldIsKeyOnly { get; init; }
}

public sealed record Truncate(int Ordinal) : Change(Ordinal)
{
    public required bool RestartIdentity { get; init; }
}
