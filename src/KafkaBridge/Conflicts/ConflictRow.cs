using System.Globalization;
using KafkaBridge.Apply.Folding;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Rows;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Conflicts;

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

/// <summary>What a person has said of a conflict.</summary>
internal sealed record ConflictReview(string By, DateTime? At, string? Decision);

/// <summary>Which rows of the history; null: any.</summary>
/// <param name="Table">schema.table, as the history shows it.</param>
internal sealed record ConflictFilter(string? Table, string? Kind, bool OnlyUnreviewed)
{
    public static readonly ConflictFilter None = new(null, null, OnlyUnreviewed: false);
}

/// <summary>One row of a node's kafkabridge.conflict.</summary>
internal sealed record ConflictRow(
    long Id, DateTime SeenAt, RelationName Relation, string Key, string Kind, string Resolution, string Resolver, bool IsCut,
    ConflictSide Local, ConflictSide Remote, ConflictReview? Review)
{
    /// <summary>What the row refers to and is missing; null: the conflict is of another kind.</summary>
    public MissingReference? Missing { get; init; }

    const string Columns =
        """
        SELECT id, seen_at, schemaname, relname, replica_identity::text, conflict_type, resolution, resolver, has_omitted_values,
          local_writer, local_epoch, local_commit_lsn::text, local_xid, local_commit_ts, local_tick, local_tuple::text,
          remote_writer, remote_epoch, remote_commit_lsn::text, remote_xid, remote_commit_ts, remote_tick, remote_tuple::text,
          reviewed_by, reviewed_at, review, local_conflicts::text
        FROM kafkabridge.conflict
        """;

    public string Table => Relation.ToString();

    /// <summary>The incoming change won.</summary>
    public bool IsRemoteKept => Resolution == "apply_remote";

    /// <summary>Columns have rules of their own, so neither row was kept as it is.</summary>
    public bool IsMerged => Resolution == "merged";

    /// <summary>Two rows claim one unique value: the key is the incoming one's, and the other side may have another.</summary>
    public bool IsBetweenTwoRows
    {
        get
        {
            var key = JsonTexts.Parse(Key);
            return new[] { Remote.Tuple, Local.Tuple }.OfType<string>().Select(JsonTexts.Parse)
                .Any(row => key.Any(column => row.GetValueOrDefault(column.Key) != column.Value));
        }
    }

    /// <summary>The server has lost the commit time of the row that was kept.</summary>
    public bool IsVersionUnknown => Kind == ConflictKind.VersionUnknown.Name();

    public ConflictSide Kept => IsRemoteKept ? Remote : Local;

    public ConflictSide Lost => IsRemoteKept ? Local : Remote;

    /// <summary>The other nodes apply no more of the loser's until this is reviewed.</summary>
    bool Stops => Resolver == ConflictRule.Error.Name();

    /// <summary>The newest first.</summary>
    public static Task<List<ConflictRow>> NewestAsync(
        NpgsqlConnection connection, int limit, ConflictFilter filter, CancellationToken ct) =>
        ReadAsync(
            connection,
            Columns + " WHERE ($2 IS NULL OR schemaname || '.' || relname = $2) AND ($3 IS NULL OR conflict_type = $3) "
            + "AND NOT ($4 AND reviewed_by IS NOT NULL) ORDER BY id DESC LIMIT $1",
            [Bigint(limit), Text(filter.Table), Text(filter.Kind), new NpgsqlParameter<bool> { TypedValue = filter.OnlyUnreviewed }], ct);

    public static async Task<ConflictRow?> FindAsync(NpgsqlConnection connection, long id, CancellationToken ct) =>
        (await ReadAsync(connection, Columns + " WHERE id = $1", [Bigint(id)], ct)).SingleOrDefault();

    /// <summary>
    /// Notes what a person decided, wherever this node noted these two versions of this row; by the rule error, wherever it noted that
    /// the same write lost. They are published again.
    /// </summary>
    /// <returns>The ids.</returns>
    public async Task<IReadOnlyList<long>> ReviewAsync(NpgsqlConnection connection, string by, string decision, CancellationToken ct)
    {
        const string Sql = $"""
            UPDATE kafkabridge.conflict AS c
            SET reviewed_by = $1, reviewed_at = pg_catalog.clock_timestamp(), review = $2, published = false
            WHERE schemaname = $3 AND relname = $4 AND replica_identity = $5::jsonb
              AND ((remote_writer, remote_tick, local_writer, local_tick) = ($6, $7, $8, $9)
                OR (local_writer, local_tick, remote_writer, remote_tick) = ($6, $7, $8, $9)
                OR ($10 AND resolver = 'error' AND ({LostWrites.Loser}, {LostWrites.LoserTick}) = ($11, $12)))
            RETURNING id
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.AddRange((NpgsqlParameter[])
        [
            Text(by), Text(decision), Text(Relation.Namespace), Text(Relation.Name), Text(Key), Bigint(Remote.Writer), Bigint(Remote.Tick),
            Bigint(Local.Writer), Bigint(Local.Tick), new NpgsqlParameter<bool> { TypedValue = Stops }, Bigint(Lost.Writer),
            Bigint(Lost.Tick),
        ]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var ids = new List<long>();
        while (await reader.ReadAsync(ct))
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }

    string Reviewed => Review is null ? "" : $"; {Review.By} reviewed it: {Review.Decision}";

    /// <summary>One sentence: who wrote what when, which version won and why, and where the other is.</summary>
    public string Sentence(Func<int, string> name)
    {
        if (Missing is { } missing)
        {
            return $"{Kind} on {Table} {Key}: {missing.Describe(Remote, Local, Resolver, name)}{Reviewed}.";
        }

        if (IsVersionUnknown)
        {
            return $"{Kind} on {Table} {Key}: {Remote.Describe(name(Remote.Writer))} wrote it, and the commit time of the row here is "
                + "lost, so it is not known which is later; the row here is kept, "
                + (Remote.Tuple is null ? "the other was a delete" : "the other's row is remote_tuple, which conflict show prints")
                + (Review is null ? "; until conflict resolve decides, nodes may differ in it" : Reviewed) + ".";
        }

        var (winner, loser) = (Kept, Lost);
        var decided = IsMerged ? $"they are put together by {Resolver}" : $"{name(winner.Writer)} wins by {Resolver}";
        if (Resolver == ConflictRule.LastUpdateWins.Name())
        {
            decided += ": " + (winner.Version.CompareTo(loser.Version) <= 0
                ? "as was decided before a later repair"
                : VersionWords.WhyAbove(winner.Version, loser.Version));
        }

        var kept = IsMerged ? "conflict show prints both rows"
            : IsBetweenTwoRows ? "the other's row is not lost: it waits until the value that both claim is free"
            : loser.Tuple is null ? "the other was a delete or is not kept"
            : $"the other's row is {(IsRemoteKept ? "local_tuple" : "remote_tuple")}, which conflict show prints";
        var after = Review is null && Stops
            ? $"; the other nodes apply no more of {name(loser.Writer)} until it is decided by conflict resolve"
            : Reviewed;
        return $"{Kind} on {Table} {Key}: {Remote.Describe(name(Remote.Writer))} and {Local.Describe(name(Local.Writer))} wrote it without "
            + $"knowing of each other; {decided}; {kept}{after}.";
    }

    static async Task<List<ConflictRow>> ReadAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<ConflictRow>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new ConflictRow(
                reader.GetInt64(0), reader.GetDateTime(1), new RelationName(reader.GetString(2), reader.GetString(3)), reader.GetString(4),
                reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetBoolean(8), Side(reader, 9), Side(reader, 16),
                reader.IsDBNull(23) ? null : new ConflictReview(
                    reader.GetString(23), reader.IsDBNull(24) ? null : reader.GetDateTime(24),
                    reader.IsDBNull(25) ? null : reader.GetString(25)))
            {
                Missing = reader.IsDBNull(26) ? null : MissingReference.Parse(reader.GetString(26)),
            });
        }

        return rows;
    }

    static NpgsqlParameter<long> Bigint(long value) => new() { TypedValue = value };

    static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    static ConflictSide Side(NpgsqlDataReader reader, int first) => new(
        reader.GetInt32(first),
        reader.IsDBNull(first + 1) ? null : reader.GetInt32(first + 1),
        reader.IsDBNull(first + 2) ? null : reader.GetString(first + 2),
        reader.IsDBNull(first + 3) ? null : reader.GetFieldValue<uint>(first + 3),
        reader.IsDBNull(first + 4) ? null : reader.GetDateTime(first + 4),
        reader.GetInt64(first + 5),
        reader.IsDBNull(first + 6) ? null : reader.GetString(first + 6));
}
