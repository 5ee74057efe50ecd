using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Rows;

/// <summary>One write of one row (or TRUNCATE of its table): its record, and the transaction of the spine that names it.</summary>
/// <param name="Before">Null where the record has none, or its key only.</param>
internal sealed record LoggedWrite(
    RecordPlace Place, RecordHeader Header, SpineTransaction Transaction, char Op, IReadOnlyList<string> Columns,
    ColumnValue[]? Before, ColumnValue[]? After)
{
    public int Node => Header.Node;

    public TransactionPosition Position => new(Header.Epoch, Header.CommitLsn);

    public Stamp Stamp => new(new RowVersion(Transaction.VersionTick, Node), new ChangePosition(Position, Header.Ordinal));

    public DateTime CommitTime => UnixTime.At(Transaction.CommitTime);

    public bool Removes => Op is 'd' or 't';
}
