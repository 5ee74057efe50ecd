using System.Runtime.CompilerServices;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// Gathers one transaction's records from the topic-partitions its spine entry names, merged by ordinal. Only records of
/// the entry's session and commit count: unfinished attempts and zombies in between are passed over.
/// </summary>
sealed class TransactionReader(DataReader data, ChangeReader changes, string chunkTopic)
{
    long skipped;

    public long Skipped => Volatile.Read(ref skipped);

    public async IAsyncEnumerable<RecordedChange> ReadAsync(
        SpineRecord spine, SpineTransaction transaction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ExtentCursor? chunks = null;
        var cursors = new List<ExtentCursor>(transaction.Extents.Count);
        foreach (var extent in transaction.Extents)
        {
            var cursor = new ExtentCursor(data.QueueFor(extent), extent, spine, transaction);
            if (extent.Topic == chunkTopic)
            {
                chunks = cursor;
            }
            else
            {
                cursors.Add(cursor);
            }
        }

        // All partitions are being fetched by now: one that is new waits for the fetch under way, and all such wait together.
        foreach (var cursor in cursors)
        {
            await cursor.AdvanceAsync(cancellationToken);
        }

        var last = -1;
        while (Least(cursors) is { Current: { } record } next)
        {
            if (record.Header.Ordinal <= last)
            {
                throw new InputException(
                    $"{record.Where}: ordinal {record.Header.Ordinal} follows {last} in transaction {transaction.CommitLsn} of "
                    + $"node {spine.Node}: the log is not what its spine says. Report it; the node's position is unchanged.");
            }

            last = record.Header.Ordinal;
            yield return await changes.ReadAsync(record, chunks, cancellationToken);
            await next.AdvanceAsync(cancellationToken);
        }

        Interlocked.Add(ref skipped, cursors.Sum(cursor => cursor.Skipped) + (chunks?.Skipped ?? 0));
    }

    static ExtentCursor? Least(List<ExtentCursor> cursors)
    {
        ExtentCursor? least = null;
        foreach (var cursor in cursors)
        {
            if (cursor.Current is { } record && (least?.Current is not { } other || record.Header.Ordinal < other.Header.Ordinal))
            {
                least = cursor;
            }
        }

        return least;
    }
}
