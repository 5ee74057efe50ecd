using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Reading;

/// <summary>Walks one extent of one transaction; every one of its records must be found before the extent's last offset.</summary>
sealed class ExtentCursor(PartitionQueue queue, SpineExtent extent, SpineRecord spine, SpineTransaction transaction)
{
    int found;

    /// <summary>The record reached; null at the end.</summary>
    public DataRecord? Current { get; private set; }

    public long Skipped { get; private set; }

    /// <exception cref="InputException">A record is missing, or one was written by a node that doesn't own the partition.</exception>
    public async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        Current = null;
        while (found < extent.Count)
        {
            if (queue.NextOffset > extent.LastOffset)
            {
                throw Missing();
            }

            var record = await queue.TakeAsync(cancellationToken);
            var offset = record.Where.Offset;
            if (offset > extent.LastOffset)
            {
                throw Missing();
            }

            if (record.Header.Node != spine.Node)
            {
                throw new InputException(
                    $"the record {record.Where} was written by node {record.Header.Node}, but the partition belongs to node {spine.Node}")
                { Foreign = record.Where };
            }

            if (offset >= extent.FirstOffset && record.Header.Session == spine.Session
                && record.Header.Epoch == spine.Epoch && record.Header.CommitLsn == transaction.CommitLsn)
            {
                found++;
                if (found == extent.Count && offset != extent.LastOffset)
                {
                    throw TooMany(record.Where);
                }

                Current = record;
                return;
            }

            Skipped++;
        }
    }

    InputException Missing() => new(
        $"{extent.Topic} [{extent.Partition}] offsets {extent.FirstOffset} to {extent.LastOffset} hold {found} records of transaction "
        + $"{transaction.CommitLsn} of node {spine.Node} (session {spine.Session}), the spine says {extent.Count}: records were deleted "
        + "or the topic was made anew");

    /// <summary>The extent's last record is the transaction's own, so the count is full there and not before.</summary>
    InputException TooMany(RecordPlace at) => new(
        $"{extent.Topic} [{extent.Partition}] holds {extent.Count} records of transaction {transaction.CommitLsn} of node "
            + $"{spine.Node} up to {at}, "
        + $"and the spine says that the last of them is at {extent.LastOffset}: one of them is forged or doubled");
}
