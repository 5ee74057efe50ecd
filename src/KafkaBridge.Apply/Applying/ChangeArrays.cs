using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// A batch, or its whole transactions from a place on, as the last parameters of apply_batch and apply_changes, in the order in which
/// changes are made.
/// </summary>
sealed class ChangeArrays
{
    const NpgsqlDbType Many = NpgsqlDbType.Array;

    readonly (object Value, NpgsqlDbType Type)[] transactions;
    readonly (object Value, NpgsqlDbType Type)[] changes;

    /// <param name="first">See <see cref="BatchCall"/>.</param>
    public ChangeArrays(Batch batch, int first)
    {
        Batch.Entry[] entries = [.. batch.Entries.Skip(first)];
        transactions =
        [
            (Array.ConvertAll(entries, entry => entry.Transaction.CommitLsn.ToString()), Many | NpgsqlDbType.Text),
            (Array.ConvertAll(entries, entry => entry.SourceTime), Many | NpgsqlDbType.TimestampTz),
            (Array.ConvertAll(entries, entry => entry.Transaction.Xid), Many | NpgsqlDbType.Xid),
            (batch.Vector(first), Many | NpgsqlDbType.Bigint),
        ];
        changes = [(batch.Width, NpgsqlDbType.Integer), .. Changes(batch, first, entries)];
    }

    /// <param name="knownAt">For each transaction as many numbers as the batch is wide.</param>
    public (object Value, NpgsqlDbType Type)[] Parameters(long[] knownAt) =>
        [.. transactions, (knownAt, Many | NpgsqlDbType.Bigint), .. changes];

    static (object Value, NpgsqlDbType Type)[] Changes(Batch batch, int first, Batch.Entry[] entries)
    {
        var start = batch.Start(first);
        var taken = batch.Taken;
        var places = TransactionOfEach(batch, first);
        var runs = new Runs();
        for (var i = 0; i < places.Length; i++)
        {
            var change = taken[start + i];
            runs.Add(
                entries[places[i]].Transaction.VersionTick, change.Table, change.Op, change.Sharing, change.KeyHash ?? 0,
                change.IsObserved);
        }

        var (order, ends) = runs.Arrange();
        T[] Each<T>(Func<TargetChange, T> field) => Array.ConvertAll(order, i => field(taken[start + i]));
        return
        [
            (Array.ConvertAll(order, i => places[i] + 1), Many | NpgsqlDbType.Integer),
            (Each(change => change.Table), Many | NpgsqlDbType.Integer), (Each(change => change.Op), Many | NpgsqlDbType.InternalChar),
            (Each(change => change.Row), Many | NpgsqlDbType.Text),

            // Empty where all are null: a place beyond an array's end is null, too.
            (Array.Exists(order, i => taken[start + i].Unchanged is not null) ? Each(change => change.Unchanged) : [],
                Many | NpgsqlDbType.Text),
            (Each(change => change.Ordinal), Many | NpgsqlDbType.Integer), (ends, Many | NpgsqlDbType.Integer),
        ];
    }

    static int[] TransactionOfEach(Batch batch, int first)
    {
        var start = batch.Start(first);
        var places = new int[batch.Complete - start];
        var from = 0;
        foreach (var (i, end) in batch.Ends.Skip(first).Index())
        {
            places.AsSpan(from..(end - start)).Fill(i);
            from = end - start;
        }

        return places; // of a transaction that is still coming there is no end, and no other one
    }
}
