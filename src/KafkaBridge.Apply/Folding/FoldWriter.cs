using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes.Conflicts;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Folding;

/// <summary>
/// Applies changes of tables whose rules need a row's history, one by one, in the local transaction that is open: reads the
/// key's history and its row, puts the write in its place among the others, and writes both back.
/// </summary>
/// <param name="writer">The origin whose changes these are.</param>
/// <param name="answers">For tables whose conflicts a function decides.</param>
sealed class FoldWriter(NpgsqlConnection connection, int writer, int self, ClusterProgress progress, FunctionAnswers answers)
{
    const string ReadHistory = "SELECT history FROM kafkabridge.row_history WHERE relid = $1 AND key_hash = $2 FOR UPDATE";

    const string WriteHistory = """
        INSERT INTO kafkabridge.row_history AS h (relid, key_hash, tick, history) VALUES ($1, $2, $3, $4)
        ON CONFLICT (relid, key_hash) DO UPDATE SET tick = GREATEST(h.tick, EXCLUDED.tick), history = EXCLUDED.history
        """;

    /// <returns>The conflicts that were noted.</returns>
    public async Task<int> ApplyAsync(IReadOnlyList<FoldedChange> changes, Batch.Entry entry, CancellationToken ct)
    {
        var conflicts = 0;
        foreach (var change in changes)
        {
            var write = change.WriteOf(entry.Transaction, entry.Position, writer);
            int? noted;
            do
            {
                noted = await TryAsync(change, write, entry, ct);
            }
            while (noted is null); // a user's row of this key was committed meanwhile: it is read now

            conflicts += noted.Value;
            if (change is { New: null, Old: { } gone, Table.Definition: { IsReferenced: true, Oid: var relation } })
            {
                await using var note = Command(
                    ParentDeleteSql.Insert, (relation, NpgsqlDbType.Oid), (writer, NpgsqlDbType.Integer),
                    (entry.Position.Epoch, NpgsqlDbType.Integer),
                    (new NpgsqlLogSequenceNumber(entry.Position.CommitLsn.Value), NpgsqlDbType.PgLsn),
                    (change.Ordinal, NpgsqlDbType.Integer), (entry.Transaction.VersionTick, NpgsqlDbType.Bigint),
                    (entry.Transaction.Xid, NpgsqlDbType.Xid), (entry.SourceTime, NpgsqlDbType.TimestampTz),
                    (change.Table.Literal(gone), NpgsqlDbType.Text));
                await note.ExecuteNonQueryAsync(ct);
            }
        }

        return conflicts;
    }

    /// <returns>The conflicts that were noted; null: the row is no longer what was read, and nothing is written.</returns>
    async Task<int?> TryAsync(FoldedChange change, RowWrite<string?> write, Batch.Entry entry, CancellationToken ct)
    {
        var table = change.Table;
        var hash = FoldedTable.HashOf(change.Key);
        var (stored, present, isRaw) = await ReadAsync(change, hash, ct);
        var settled = progress.Settled;
        var (row, rival, replaces, state) = await answers.FoldAsync(table, change.Key, fold =>
        {
            var row = stored is null ? new FoldedRow<string?>(fold, write) : FoldedRowJson.Read(stored, fold);
            row.History.SettleUpTo(settled);
            var rival = row.History.Rival(write);
            return (row, rival, row.Add(write, writer == self, present, isRaw), rival is null ? null : row.History.State);
        }, ct);
        if (replaces && !await WriteAsync(change, row.Shown, present is not null, ct))
        {
            return null;
        }

        await using var save = Command(
            WriteHistory, (table.Definition.Oid, NpgsqlDbType.Oid), (hash, NpgsqlDbType.Bytea),
            (write.Stamp.Version.Tick, NpgsqlDbType.Bigint), (FoldedRowJson.Write(row), NpgsqlDbType.Text));
        await save.ExecuteNonQueryAsync(ct);
        if (rival is null)
        {
            return 0;
        }

        await FoldConflict.NoteAsync(connection, self, change, write, rival, state, entry, ct);
        return 1;
    }

    async Task<(string? Stored, string?[]? Present, bool IsRaw)> ReadAsync(FoldedChange change, byte[] hash, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(BatchCommand(ReadHistory, (change.Table.Definition.Oid, NpgsqlDbType.Oid), (hash, NpgsqlDbType.Bytea)));
        batch.BatchCommands.Add(BatchCommand(change.Table.Read, Texts(change.Key)));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var stored = await reader.ReadAsync(ct) ? reader.GetString(0) : null;
        await reader.NextResultAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return (stored, null, false);
        }

        var present = new string?[change.Table.Width];
        for (var i = 0; i < present.Length; i++)
        {
            present[i] = await reader.IsDBNullAsync(i + 1, ct) ? null : reader.GetString(i + 1);
        }

        return (stored, present, reader.GetBoolean(0));
    }

    async Task<bool> WriteAsync(FoldedChange change, string?[]? row, bool isThere, CancellationToken ct)
    {
        var table = change.Table;
        await using var command = row is null
            ? Command(table.Delete, Texts(change.Key))
            : isThere ? Command(table.Update, Texts(table.UpdateValues(row))) : Command(table.Insert, Texts(row));
        return await command.ExecuteNonQueryAsync(ct) != 0 || isThere;
    }

    static (object, NpgsqlDbType)[] Texts(string?[] values) =>
        [.. values.Select(value => ((object?)value ?? DBNull.Value, NpgsqlDbType.Unknown))];

    NpgsqlCommand Command(string sql, params (object Value, NpgsqlDbType Type)[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(Parameters(values));
        return command;
    }

    static NpgsqlBatchCommand BatchCommand(string sql, params (object Value, NpgsqlDbType Type)[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.AddRange(Parameters(values));
        return command;
    }

    static NpgsqlParameter[] Parameters((object Value, NpgsqlDbType Type)[] values) =>
        [.. values.Select(one => new NpgsqlParameter { Value = one.Value, NpgsqlDbType = one.Type })];
}
