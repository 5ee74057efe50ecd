using System.Globalization;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>A batch as the last parameters of apply_batch and apply_changes, in the order in which changes are made.</summary>
static class ChangeArrays
{
    const NpgsqlDbType Many = NpgsqlDbType.Array;

    /// <param name="knownAt">For each transaction as many numbers as the batch is wide.</param>
    public static (object Value, NpgsqlDbType Type)[] Of(Batch batch, long[] knownAt)
    {
        var transactions = batch.Entries;
        var changes = batch.Taken;
        var places = TransactionOfEach(batch);
        var runs = new Runs();
        for (var i = 0; i < places.Length; i++)
        {
            var change = changes[i];
            runs.Add(
                transactions[places[i]].Transaction.VersionTick, change.Table, change.Op, change.Sharing, change.KeyHash ?? 0,
                change.IsObserved);
        }

        var (order, ends) = runs.Arrange();
        T[] Each<T>(Func<TargetChange, T> field) => Array.ConvertAll(order, i => field(changes[i]));
        return
        [
            (Of(transactions, entry => entry.Transaction.CommitLsn.ToString()), Many | NpgsqlDbType.Text),
            (Of(transactions, entry => entry.SourceTime), Many | NpgsqlDbType.TimestampTz),
            (Of(transactions, entry => entry.Transaction.Xid.ToString(CultureInfo.InvariantCulture)), Many | NpgsqlDbType.Text),
            (batch.Vector, Many | NpgsqlDbType.Bigint), (knownAt, Many | NpgsqlDbType.Bigint), (batch.Width, NpgsqlDbType.Integer),
            (Array.ConvertAll(order, i => places[i] + 1), Many | NpgsqlDbType.Integer),
            (Each(change => change.Table), Many | NpgsqlDbType.Integer), (Each(change => change.Op), Many | NpgsqlDbType.Text),
            (Each(change => change.Row), Many | NpgsqlDbType.Text),

            // Empty where all are null: a place beyond an array's end is null, too.
            (Array.Exists(order, i => changes[i].Unchanged is not null) ? Each(change => change.Unchanged) : [], Many | NpgsqlDbType.Text),
            (Each(change => change.Ordinal), Many | NpgsqlDbType.Integer), (ends, Many | NpgsqlDbType.Integer),
        ];
    }

    static T[] Of<T>(IEnumerable<Batch.Entry> transactions, Func<Batch.Entry, T> field) => [.. transactions.Select(field)];

    static int[] TransactionOfEach(Batch batch)
    {
        var places = new int[batch.Complete];
        var first = 0;
        foreach (var (i, end) in batch.Ends.Index())
        {
            places.AsSpan(first..end).Fill(i);
            first = end;
        }

        return places; // of a transaction that is still coming there is no end, and no other one
    }
}
