using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>What the log says next of one origin, in its commit order: a transaction is Began, its changes by ordinal, Ended.</summary>
/// <param name="Bytes">What it counts for in its origin's budget until it is released.</param>
public abstract record OriginItem(int Bytes);

/// <summary>Everything up to its Ended follows; of the node's own transactions only those that it must apply to itself come.</summary>
public sealed record TransactionBegan(SpineRecord Record, SpineTransaction Transaction, long SpineOffset) : OriginItem(Limits.ItemBytes);

/// <summary>One change with the writer's columns; a truncate has neither row.</summary>
public sealed record IncomingChange(
    int Ordinal,
    char Op,
    RelationName Relation,
    IReadOnlyList<WireColumn> Columns,
    ColumnValue[]? Before,
    ColumnValue[]? After,
    int Bytes) : OriginItem(Bytes);

/// <summary>All records of the transaction have come, none is missing.</summary>
public sealed record TransactionEnded(int Records) : OriginItem(Limits.ItemBytes);

/// <summary>A heartbeat, a session's start, or a transaction without anything to apply: of the node itself, or left out by order.</summary>
public sealed record Progressed(SpineRecord Record, long SpineOffset, SpineTransaction? Passed, bool IsLeftOut = false)
    : OriginItem(Limits.ItemBytes);
