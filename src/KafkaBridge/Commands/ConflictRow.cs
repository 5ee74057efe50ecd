using System.Globalization;
using KafkaBridge.Changes;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Commands;

/// <summary>One of the two transactions of a conflict, as a row of the history names it.</summary>
/// <param name="CommitTime">Where the row has it: a tombstone has only its tick.</param>
internal sealed record ConflictSide(
    int Writer, int? Epoch, string? CommitLsn, uint? Xid, DateTime? CommitTime, long Tick, string? Tuple)
{
    public RowVersion Version => new(Tick, Writer);

    public string Describe(string name)
    {
        var time = CommitTime ?? DateTimeOffset.FromUnixTimeMilliseconds(Tick).UtcDateTime;
        var position = CommitLsn is null ? "" : string.Create(CultureInfo.InvariantCulture, $" at {CommitLsn} of epoch {Epoch}");
        return string.Create(CultureInfo.InvariantCulture, $"{name} (committed {time:yyyy-MM-dd HH:mm:ss.ffffff} UTC{position})");
    }
}

/// <summary>One row of a node's kafkabridge.conflict.</summary>
internal sealed record ConflictRow(
    long Id, DateTime SeenAt, string Table, string Key, string Kind, string Resolution, string Resolver, bool IsCut,
    ConflictSide Local, ConflictSide Remote)
{
    const string Columns =
        """
        SELECT id, seen_at, schemaname || '.' || relname, replica_identity::text, conflict_type, resolution, resolver, has_omitted_values,
          local_writer, local_epoch, local_commit_lsn::text, local_xid, local_commit_ts, local_tick, local_tuple::text,
          remote_writer, remote_epoch, remote_commit_lsn::text, remote_xid, remote_commit_ts, remote_tick, remote_tuple::text
        FROM kafkabridge.conflict
        """;

    /// <summary>The newest first.</summary>
    public static Task<List<ConflictRow>> NewestAsync(NpgsqlConnection connection, int limit, CancellationToken ct) =>
        ReadAsync(connection, Columns + " ORDER BY id DESC LIMIT $1", limit, ct);

    public static async Task<ConflictRow?> FindAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        (await ReadAsync(connection, Columns + " WHERE id = $1", id, ct)).SingleOrDefault();

    /// <summary>One sentence: who wrote what when, which version won and why, and where the other is.</summary>
    public string Explain(Func<int, string> name)
    {
        var isRemote = Resolution == "apply_remote";
        var (winner, loser) = isRemote ? (Remote, Local) : (Local, Remote);
        var why = winner.Version.CompareTo(loser.Version) <= 0
            ? "as was decided before a later repair"
            : winner.Tick == loser.Tick
                ? "both have the same millisecond, and then the higher node number decides"
                : string.Create(CultureInfo.InvariantCulture, $"its version is {winner.Tick - loser.Tick} ms later");
        var kept = loser.Tuple is null
            ? "the other was a delete or is not kept"
            : $"the other's row is {(isRemote ? "local" : "remote")}_tuple";
        return $"{Kind} on {Table} {Key}: {Remote.Describe(name(Remote.Writer))} and {Local.Describe(name(Local.Writer))} wrote it without "
            + $"knowing of each other; {name(winner.Writer)} wins by {Resolver}: {why}; {kept}.";
    }

    static async Task<List<ConflictRow>> ReadAsync(NpgsqlConnection connection, string sql, long parameter, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = parameter, NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<ConflictRow>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new ConflictRow(
                reader.GetInt64(0), reader.GetDateTime(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                reader.GetString(5), reader.GetString(6), reader.GetBoolean(7), Side(reader, 8), Side(reader, 15)));
        }

        return rows;
    }

    static ConflictSide Side(NpgsqlDataReader reader, int first) => new(
        reader.GetInt32(first),
        reader.IsDBNull(first + 1) ? null : reader.GetInt32(first + 1),
        reader.IsDBNull(first + 2) ? null : reader.GetString(first + 2),
        reader.IsDBNull(first + 3) ? null : reader.GetFieldValue<uint>(first + 3),
        reader.IsDBNull(first + 4) ? null : reader.GetDateTime(first + 4),
        reader.GetInt64(first + 5),
        reader.IsDBNull(first + 6) ? null : reader.GetString(first + 6));
}
