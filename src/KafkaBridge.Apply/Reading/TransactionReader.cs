using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// Gathers one transaction's records from the topic-partitions its spine entry names, merged by ordinal. Only records of
/// the entry's session and commit count: unfinished attempts and zombies in between are passed over.
/// </summary>
sealed class TransactionReader(DataReader data, ChangeReader changes, string chunkTopic)
{
    readonly List<ExtentCursor> cursors = []; // of the transaction at hand, but the chunks'
    SpineRecord? spine;
    SpineTransaction? transaction;
    ExtentCursor? chunks;
    ExtentCursor? taken; // whose record was the last
    int last; // its ordinal
    long skipped;

    public long Skipped => Volatile.Read(ref skipped);

    /// <summary>Turns to the next transaction; of the one before every record was taken.</summary>
    public async ValueTask BeginAsync(SpineRecord spine, SpineTransaction transaction, CancellationToken cancellationToken)
    {
        (this.spine, this.transaction, chunks, taken, last) = (spine, transaction, null, null, -1);
        cursors.Clear();
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
    }

    /// <returns>Its next change by ordinal; null: there is none.</returns>
    public async ValueTask<RecordedChange?> NextAsync(CancellationToken cancellationToken)
    {
        if (taken is not null)
        {
            await taken.AdvanceAsync(cancellationToken);
        }

        taken = Least(cursors);
        if (taken?.Current is not { } record)
        {
            NoteSkipped();
            return null;
        }

        if (record.Header.Ordinal <= last)
        {
            throw new InputException(
                $"{record.Where}: ordinal {record.Header.Ordinal} follows {last} in transaction {transaction!.CommitLsn} of "
                + $"node {spine!.Node}: the log is not what its spine says. Report it; the node's position is unchanged.");
        }

        last = record.Header.Ordinal;
        return await changes.ReadAsync(record, chunks, cancellationToken);
    }

    void NoteSkipped()
    {
        var passed = chunks?.Skipped ?? 0;
        foreach (var cursor in cursors)
        {
            passed += cursor.Skipped;
        }

        Volatile.Write(ref skipped, skipped + passed);
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
