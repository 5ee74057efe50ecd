using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// What failures teach of an origin for the rounds to come. It failed with several transactions in hand: those are applied one by
/// one, so that the next failure tells the very one; once they are through, with or without a person's help, it is applied in batches
/// again. Or a transaction failed after a COPY: next time each row is looked for, so that the failure, if it stays, names the row.
/// </summary>
sealed class Cautions
{
    readonly Dictionary<int, TransactionPosition> oneByOneThrough = []; // by origin: of those that were in hand
    readonly Dictionary<int, TransactionPosition> withoutCopy = []; // by origin

    /// <returns>False where there was one transaction in hand, or none: it is known which one failed.</returns>
    public bool BeginOneByOne(int origin, IReadOnlyList<TransactionPosition> inHand)
    {
        if (inHand.Count < 2)
        {
            return false;
        }

        oneByOneThrough[origin] = inHand[^1];
        return true;
    }

    /// <summary>Whether what comes after the position is taken one by one.</summary>
    public bool IsOneByOne(int origin, TransactionPosition applied) =>
        oneByOneThrough.TryGetValue(origin, out var through) && applied < through;

    public void NoteCopyFailed(int origin, TransactionPosition position) => withoutCopy[origin] = position;

    public bool MayCopy(int origin, TransactionPosition position) => withoutCopy.GetValueOrDefault(origin) != position;
}

/// <summary>
/// A transaction, some of which was written by COPY, was rolled back; it is applied again without. The server's error is not inside:
/// what it says of a COPY's place may quote the row.
/// </summary>
sealed class CopyFailedException(string origin, TransactionPosition position, PostgresException failure)
    : Exception(
        $"transaction {position} of node {origin} is decided row by row: COPY into table {failure.SchemaName}.{failure.TableName} met "
        + $"what it can't decide (SQLSTATE {failure.SqlState}). Nothing is lost, and nothing has to be done");
