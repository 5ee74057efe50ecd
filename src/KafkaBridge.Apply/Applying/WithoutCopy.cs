using KafkaBridge.Changes;

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

/// <summary>A transaction, some of which was written by COPY, was rolled back; it is applied again without.</summary>
sealed class CopyFailedException(string message, Exception inner) : Exception(message, inner);
