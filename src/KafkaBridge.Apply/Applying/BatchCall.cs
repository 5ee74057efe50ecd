using KafkaBridge.Changes;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Whole transactions of a batch as one CALL takes them. To make one takes a seventh of the time that the server is busy with it, so it
/// is made while the server is at the one before.
/// </summary>
sealed class BatchCall
{
    readonly (object Value, NpgsqlDbType Type)[] transactions;
    readonly ChangeArrays changes;

    /// <param name="first">The place of the first of the batch's whole transactions that is not left to another CALL.</param>
    public BatchCall(Batch batch, int first)
    {
        Batch.Entry[] whole = [.. batch.Whole.Skip(first)];
        var start = batch.Start(first);
        Epoch = whole[0].Record.Epoch;
        Transactions = Array.ConvertAll(whole, entry => entry.Transaction);
        Writes = batch.Writes(first);
        transactions =
        [
            (Array.ConvertAll(whole, entry => entry.CommitTime), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz),
            (Array.ConvertAll(whole, entry => entry.Transaction.VersionTick), NpgsqlDbType.Array | NpgsqlDbType.Bigint),
            (Array.ConvertAll(whole, entry => entry.SpineOffset), NpgsqlDbType.Array | NpgsqlDbType.Bigint),
            (batch.Ends.Skip(first).Select(end => end - start).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer),
        ];
        changes = new ChangeArrays(batch, first);
    }

    public int Epoch { get; }

    /// <summary>In their order.</summary>
    public SpineTransaction[] Transactions { get; }

    public WriteSet Writes { get; }

    /// <summary>The last parameters of apply_batch.</summary>
    /// <param name="knownAt">For each transaction as many numbers as the batch is wide.</param>
    public (object Value, NpgsqlDbType Type)[] Parameters(long[] knownAt) => [.. transactions, .. changes.Parameters(knownAt)];
}
