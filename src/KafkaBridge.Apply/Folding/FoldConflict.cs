using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Folding;

/// <summary>
/// Writes down in kafkabridge.conflict that two writes of a row did not know each other: the one that came second here is
/// the remote one, whoever wrote it. What is noted of a write about which a person has decided is decided too.
/// </summary>
static class FoldConflict
{
    const string Sql = $"""
        INSERT INTO kafkabridge.conflict (relid, schemaname, relname, conflict_type, remote_xid, remote_commit_lsn, remote_commit_ts,
          remote_origin, replica_identity_full, replica_identity, has_omitted_values, node, resolution, resolver, local_tuple,
          remote_tuple, remote_writer, remote_epoch, remote_tick, remote_ordinal, local_writer, local_epoch, local_commit_lsn, local_tick,
          reviewed_by, reviewed_at, review)
        SELECT $1, $2, $3, $4, $5, $6, $7, (SELECT g.name FROM kafkabridge.origin AS g WHERE g.writer = $8 LIMIT 1), true, $9, $10, $11,
          $12, $13, $14, $15, $8, $16, $17, $18, $19, $20, $21, $22, decided.reviewed_by, decided.reviewed_at, decided.review
        FROM (VALUES (0)) AS this
        LEFT JOIN (
          SELECT c.reviewed_by, c.reviewed_at, c.review FROM kafkabridge.conflict AS c
          WHERE c.resolver = 'error' AND c.reviewed_by IS NOT NULL AND c.relid = $1 AND c.replica_identity = $9
            AND ({LostWrites.Loser}, {LostWrites.LoserTick}) = ($23, $24)
          LIMIT 1) AS decided ON $13 = 'error'
        """;

    /// <param name="rival">What was here first.</param>
    /// <param name="state">What all writes come to now.</param>
    public static async Task NoteAsync(
        NpgsqlConnection connection, int self, FoldedChange change, RowWrite<string?> write, RowWrite<string?> rival,
        RowState<string?>? state, Batch.Entry entry, CancellationToken ct)
    {
        var table = change.Table;
        var takes = state?.Written == write.Stamp;
        var kind = Kind(write, rival);
        var lost = takes ? rival.Stamp.Version : write.Stamp.Version;
        var isLong = IsLong(table, write.New) || IsLong(table, rival.New);
        var (mine, theirs) = (write.Stamp, rival.Stamp);
        await using var command = new NpgsqlCommand(Sql, connection);
        Add(table.Definition.Oid, NpgsqlDbType.Oid);
        Add(table.Definition.Name.Namespace, NpgsqlDbType.Text);
        Add(table.Definition.Name.Name, NpgsqlDbType.Text);
        Add(kind.Name(), NpgsqlDbType.Text);
        Add(entry.Transaction.Xid, NpgsqlDbType.Xid);
        Add(Server(mine), NpgsqlDbType.PgLsn);
        Add(entry.SourceTime, NpgsqlDbType.TimestampTz);
        Add(mine.Version.Writer, NpgsqlDbType.Integer);
        Add(table.KeyText(change.Key), NpgsqlDbType.Jsonb);
        Add(isLong, NpgsqlDbType.Boolean);
        Add(self, NpgsqlDbType.Integer);
        Add(table.Rule.PutsTogether(kind) ? "merged" : takes ? "apply_remote" : "keep_local", NpgsqlDbType.Text);
        Add(table.Rule.Resolver(kind), NpgsqlDbType.Text);
        Add(Json(table, rival.New), NpgsqlDbType.Jsonb);
        Add(Json(table, write.New), NpgsqlDbType.Jsonb);
        Add(mine.Position.Transaction.Epoch, NpgsqlDbType.Integer);
        Add(mine.Version.Tick, NpgsqlDbType.Bigint);
        Add(mine.Position.Ordinal, NpgsqlDbType.Integer);
        Add(theirs.Version.Writer, NpgsqlDbType.Integer);
        Add(theirs.Position.Transaction.Epoch, NpgsqlDbType.Integer);
        Add(Server(theirs), NpgsqlDbType.PgLsn);
        Add(theirs.Version.Tick, NpgsqlDbType.Bigint);
        Add(lost.Writer, NpgsqlDbType.Integer);
        Add(lost.Tick, NpgsqlDbType.Bigint);
        await command.ExecuteNonQueryAsync(ct);

        void Add(object value, NpgsqlDbType type) => command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
    }

    /// <summary>What the later of the two is to the earlier one, whichever came first: so it is called alike on every node.</summary>
    static ConflictKind Kind(RowWrite<string?> write, RowWrite<string?> rival) => write.Stamp > rival.Stamp
        ? write.KindAgainst(rival.New is not null)
        : rival.KindAgainst(write.New is not null);

    static NpgsqlLogSequenceNumber Server(Stamp stamp) => new(stamp.Position.Transaction.CommitLsn.Value);

    static object Json(FoldedTable table, string?[]? row) =>
        row is null ? DBNull.Value : KeyJson.Text(table.ColumnNames, row, Length(table));

    static bool IsLong(FoldedTable table, string?[]? row) =>
        row is not null && Array.Exists(row, value => value?.Length > Length(table));

    static int Length(FoldedTable table) => Math.Clamp(Limits.ConflictRowLength / table.Width, 1, Limits.ConflictValueLength);
}
