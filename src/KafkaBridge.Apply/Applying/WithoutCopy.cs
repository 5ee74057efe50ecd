using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Transactions that failed after a COPY: next time each row is looked for, so that the failure, if it stays, names the row.
/// </summary>
sealed class WithoutCopy
{
    readonly Dictionary<int, TransactionPosition> last = []; // by origin

    public void Note(int origin, TransactionPosition position) => last[origin] = position;

    public bool Holds(int origin, TransactionPosition position) => last.TryGetValue(origin, out var noted) && noted == position;
}

/// <summary>
/// A transaction, some of which was written by COPY, was rolled back; it is applied again without. The server's error is not inside:
/// what it says of a COPY's place may quote the row.
/// </summary>
sealed class CopyFailedException(string origin, TransactionPosition position, PostgresException failure)
    : Exception(
        $"transaction {position} of node {origin} is decided row by row: COPY into table {failure.SchemaName}.{failure.TableName} met "
        + $"what it can't decide (SQLSTATE {failure.SqlState}). Nothing is lost, and nothing has to be done");
