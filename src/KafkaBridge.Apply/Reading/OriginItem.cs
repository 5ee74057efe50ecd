using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Reading;

/// <summary>What the log says next of one origin, in its commit order: a transaction is Began, its changes by ordinal, Ended.</summary>
/// <param name="Bytes">What it counts for in its origin's budget until it is released.</param>
public abstract record OriginItem(int Bytes);

/// <summary>Everything up to its Ended follows; of the node's own transactions only those that it must apply to itself come.</summary>
public sealed record TransactionBegan(SpineRecord Record, SpineTransaction Transaction, long SpineOffset) : OriginItem(Limits.ItemBytes);

/// <summary>One change as it was recorded: what waits is small, and decoded when its turn comes.</summary>
public sealed record RecordedChange : OriginItem
{
    readonly DataRecord record;
    readonly ChangeDecoder decoder;
    readonly DecodedChange? decoded;

    /// <param name="decoded">Where it had to be decoded to put its large values together.</param>
    internal RecordedChange(DataRecord record, ChangeDecoder decoder, DecodedChange? decoded, int bytes)
        : base(bytes) =>
        (this.record, this.decoder, this.decoded) = (record, decoder, decoded);

    /// <exception cref="InputException">The record is damaged.</exception>
    public IncomingChange Read()
    {
        var change = decoded ?? ChangeReader.Decode(record, decoder);
        return new IncomingChange(record.Header.Ordinal, change.Op, decoder.Relation, decoder.Columns, change.Before, change.After, Bytes);
    }
}

/// <summary>One change with the writer's columns; a truncate has neither row.</summary>
/// <param name="Bytes">What it counts for where it waits.</param>
public sealed record IncomingChange(
    int Ordinal,
    char Op,
    RelationName Relation,
    IReadOnlyList<WireColumn> Columns,
    ColumnValue[]? Before,
    ColumnValue[]? After,
    int Bytes);

/// <summary>All records of the transaction have come, none is missing.</summary>
public sealed record TransactionEnded(int Records) : OriginItem(Limits.ItemBytes);

/// <summary>A heartbeat, a session's start, or a transaction without anything to apply: of the node itself, or left out by order.</summary>
public sealed record Progressed(SpineRecord Record, long SpineOffset, SpineTransaction? Passed, bool IsLeftOut = false)
    : OriginItem(Limits.ItemBytes);
