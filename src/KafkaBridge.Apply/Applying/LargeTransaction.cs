using KafkaBridge.Apply.Folding;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>One source transaction in a local transaction that is open, and gets its changes piece by piece.</summary>
sealed class LargeTransaction(NpgsqlConnection connection, LargeTransaction.Applier applier, FoldWriter fold, Batch.Entry entry)
{
    public readonly record struct Applier(int Writer, int Own, DateTime AdoptedAt);

    IReadOnlyList<TableCopy.Rows>? copied; // of the next piece, where it goes by COPY

    public Batch.Entry Entry { get; } = entry;

    /// <summary>Null: no piece goes by COPY.</summary>
    public TableCopy? Copy { get; init; }

    public bool HasCopied { get; private set; }

    public long Events { get; private set; }

    public long Conflicts { get; private set; }

    /// <summary>Before each piece: how it will be written.</summary>
    public async Task ChooseAsync(Batch batch, CancellationToken ct) =>
        copied = Copy is not null ? await Copy.ChooseAsync(batch.Taken, ct) : null;

    /// <summary>Applies what the batch holds, of which it may be emptied as soon as this has returned its task.</summary>
    public async Task ApplyAsync(Batch batch, long[] knownAt, CancellationToken ct)
    {
        FoldedChange[] folded = [.. batch.Folded];
        if (copied is { } tables)
        {
            await CopyAsync(tables, ct);
        }
        else if (batch.Taken.Count > 0)
        {
            await ApplyChangesAsync(batch, knownAt, ct);
        }

        if (folded.Length > 0)
        {
            Conflicts += await fold.ApplyAsync(folded, Entry, ct);
            Events += folded.Length;
        }
    }

    async Task CopyAsync(IReadOnlyList<TableCopy.Rows> tables, CancellationToken ct)
    {
        HasCopied = true;
        foreach (var rows in tables)
        {
            await Copy!.WriteAsync(rows, ct);
            Events += rows.Literals.Length;
        }
    }

    async Task ApplyChangesAsync(Batch batch, long[] knownAt, CancellationToken ct)
    {
        await using var command = connection.Command(
            "SELECT kafkabridge.apply_changes(1, pg_catalog.cardinality($13), $1, $2, $3, $4, $5, NULL, false, $6::pg_lsn[], $7, $8, $9, "
            + "$10, $11, $12, $13, $14, $15, $16, $17, $18)",
            [
                (Entry.Transaction.VersionTick, NpgsqlDbType.Bigint), (applier.Writer, NpgsqlDbType.Integer),
                (applier.Own, NpgsqlDbType.Integer), (Entry.Record.Epoch, NpgsqlDbType.Integer),
                (applier.AdoptedAt, NpgsqlDbType.TimestampTz), .. new ChangeArrays(batch, 0).Parameters(knownAt),
            ]);
        var counts = (long)(await command.ExecuteScalarAsync(ct))!;
        Events += counts & uint.MaxValue;
        Conflicts += counts >> 32;
    }
}
