using System.Globalization;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>A batch as the last parameters of apply_batch and apply_changes, in the order in which changes are made.</summary>
static class ChangeArrays
{
    const NpgsqlDbType Array = NpgsqlDbType.Array;

    /// <param name="knownAt">For each transaction as many numbers as the batch is wide.</param>
    public static (object Value, NpgsqlDbType Type)[] Of(Batch batch, long[] knownAt)
    {
        var transactions = batch.Entries;
        var changes = batch.Applicable();
        var places = TransactionOfEach(batch, changes.Count);
        var runs = new Runs();
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            runs.Add(
                transactions[places[i]].Transaction.VersionTick, change.Table, change.Sharing, change.KeyHash ?? 0, change.IsObserved);
        }

        var (order, ends) = runs.Arrange();
        T[] Each<T>(Func<TargetChange, T> field) => System.Array.ConvertAll(order, i => field(changes[i]));
        return
        [
            (Of(transactions, entry => entry.Transaction.CommitLsn.ToString()), Array | NpgsqlDbType.Text),
            (Of(transactions, entry => entry.SourceTime), Array | NpgsqlDbType.TimestampTz),
            (Of(transactions, entry => entry.Transaction.Xid.ToString(CultureInfo.InvariantCulture)), Array | NpgsqlDbType.Text),
            (batch.Vector, Array | NpgsqlDbType.Bigint), (knownAt, Array | NpgsqlDbType.Bigint), (batch.Width, NpgsqlDbType.Integer),
            (System.Array.ConvertAll(order, i => places[i] + 1), Array | NpgsqlDbType.Integer),
            (Each(change => change.Table), Array | NpgsqlDbType.Integer), (Each(change => change.Op), Array | NpgsqlDbType.Text),
            (Each(change => change.Row), Array | NpgsqlDbType.Text),

            // Empty where all are null: a place beyond an array's end is null, too.
            (changes.Any(change => change.Unchanged is not null) ? Each(change => change.Unchanged) : [], Array | NpgsqlDbType.Text),
            (Each(change => change.Ordinal), Array | NpgsqlDbType.Integer), (ends, Array | NpgsqlDbType.Integer),
        ];
    }

    static T[] Of<T>(IEnumerable<Batch.Entry> transactions, Func<Batch.Entry, T> field) => [.. transactions.Select(field)];

    static int[] TransactionOfEach(Batch batch, int changes)
    {
        var places = new int[changes];
        var first = 0;
        foreach (var (i, end) in batch.Ends.Index())
        {
            places.AsSpan(first..end).Fill(i);
            first = end;
        }

        return places; // of a transaction that is still coming there is no end, and no other one
    }
}
