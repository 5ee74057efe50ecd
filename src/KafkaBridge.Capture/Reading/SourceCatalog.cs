using System.Globalization;
using System.Text;
using KafkaBridge.Capture.PgOutput;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Reads from the source what the stream doesn't carry, on one connection with the stream's own settings, so that values
/// read here look as if the stream had sent them. One reader.
/// </summary>
sealed class SourceCatalog(NpgsqlConnection connection)
{
    readonly HashSet<uint> hiding = []; // of the relations those that have a table of hidden rows; it is never dropped
    bool isSetUp; // once it is, it stays so

    public async Task<IReadOnlyList<string>> TypeNamesAsync(IReadOnlyList<RelationMessageColumn> columns, CancellationToken ct)
    {
        const string Sql = """
            SELECT coalesce(pg_catalog.format_type(t.type, t.modifier), t.type::text)
            FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS u (number, modifier, place)
            CROSS JOIN LATERAL (SELECT u.number::oid AS type, CASE WHEN u.modifier >= 0 THEN u.modifier END AS modifier) AS t
            ORDER BY u.place
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. columns.Select(column => (long)column.TypeOid)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. columns.Select(column => column.TypeModifier)] });
        return await TextsAsync(command, ct);
    }

    /// <returns>The names of its columns; empty where the table has none or is gone.</returns>
    public async Task<IReadOnlySet<string>> PrimaryKeyAsync(uint relation, CancellationToken ct)
    {
        const string Sql = """
            SELECT a.attname::text FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indisprimary AND i.indrelid = $1::bigint::oid
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = relation });
        return (await TextsAsync(command, ct)).ToHashSet();
    }

    /// <returns>The names of the columns that a unique index or exclusion constraint besides the key reads, in whatever part.</returns>
    public async Task<IReadOnlySet<string>> ClaimedColumnsAsync(uint relation, CancellationToken ct)
    {
        const string Sql = """
            SELECT DISTINCT a.attname::text FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey) OR EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid
                  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
            WHERE (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary AND i.indrelid = $1::bigint::oid
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = relation });
        return (await TextsAsync(command, ct)).ToHashSet();
    }

    /// <summary>
    /// What this node has applied of each writer, itself included, as committed now; empty before the bridge's schema
    /// is there.
    /// </summary>
    public async Task<IReadOnlyList<Knowledge>> PositionsAsync(CancellationToken ct)
    {
        if (!await IsSetUpAsync(ct))
        {
            return [];
        }

        await using var command = new NpgsqlCommand("SELECT writer, epoch, commit_lsn::text, tick FROM kafkabridge.position", connection);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var positions = new List<Knowledge>();
        while (await rows.ReadAsync(ct))
        {
            positions.Add(new Knowledge(
                rows.GetInt32(0), new TransactionPosition(rows.GetInt32(1), Lsn.Parse(rows.GetString(2))), rows.GetInt64(3)));
        }

        return positions;
    }

    /// <returns>What stands in the marks of this node; null before the bridge's schema is there, or of an earlier build.</returns>
    public async Task<string?> MarkKeyAsync(CancellationToken ct)
    {
        if (!await IsSetUpAsync(ct))
        {
            return null;
        }

        await using var command = new NpgsqlCommand("SELECT pg_catalog.to_jsonb(n) ->> 'mark_key' FROM kafkabridge.node AS n", connection);
        return await command.ExecuteScalarAsync(ct) as string;
    }

    async ValueTask<bool> IsSetUpAsync(CancellationToken ct)
    {
        if (!isSetUp)
        {
            await using var exists = new NpgsqlCommand("SELECT pg_catalog.to_regclass('kafkabridge.position') IS NOT NULL", connection);
            isSetUp = await exists.ExecuteScalarAsync(ct) is true;
        }

        return isSetUp;
    }

    /// <param name="transactions">64-bit ids, of the last while.</param>
    /// <returns>In their order.</returns>
    public async Task<IReadOnlyList<TransactionFate>> FatesAsync(IReadOnlyList<ulong> transactions, CancellationToken ct)
    {
        const string Sql = """
            SELECT COALESCE(pg_catalog.pg_xact_status(u.id::xid8), '') FROM unnest($1::text[]) WITH ORDINALITY AS u (id, place)
            ORDER BY u.place
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string[]>
        {
            TypedValue = [.. transactions.Select(id => id.ToString(CultureInfo.InvariantCulture))],
        });
        return (await TextsAsync(command, ct)).Select((status, i) => status switch
        {
            "committed" => TransactionFate.Committed,
            "aborted" => TransactionFate.RolledBack,
            "in progress" => TransactionFate.Open,
            _ => throw new ProtocolException(
                $"The server has forgotten what became of its transaction {transactions[i]}, which the log still needs."),
        }).ToList();
    }

    /// <summary>
    /// Reads columns of a row again, by key. WAL is decodable before its commit is visible, so a value counts only if the
    /// reading snapshot sees the transaction; until it does, the row is read again.
    /// </summary>
    /// <returns>Values in the order of the columns asked for, or null when the row is gone.</returns>
    public async Task<ColumnValue[]?> ReadAgainAsync(
        Relation relation, ColumnValue[] row, IReadOnlyList<int> columns, uint xid, CancellationToken ct)
    {
        await using var command = ReadAgainCommand(relation, row, columns, await HidesAsync(relation.Oid, ct));
        while (true)
        {
            await using (var reader = await command.ExecuteReaderAsync(ct))
            {
                if (!await reader.ReadAsync(ct))
                {
                    throw new ProtocolException($"Reading a row of {relation.Name} again gave no snapshot.");
                }

                if (IsVisible(reader.GetString(0), xid))
                {
                    return reader.IsDBNull(1) ? null : Values(reader, columns.Count);
                }
            }

            await Task.Delay(Limits.VisibilityLook, ct);
        }
    }

    /// <summary>Rows that lost a unique value to another are kept aside, by the applier's first session on.</summary>
    async ValueTask<bool> HidesAsync(uint relation, CancellationToken ct)
    {
        if (hiding.Contains(relation))
        {
            return true;
        }

        await using var command = new NpgsqlCommand(
            "SELECT pg_catalog.to_regclass('kafkabridge.hidden_' || $1::bigint) IS NOT NULL", connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = relation });
        return await command.ExecuteScalarAsync(ct) is true && hiding.Add(relation);
    }

    /// <summary>
    /// format('%s') writes a value with its type's output function, as the stream does; a cast to text may change it
    /// (char(n)).
    /// </summary>
    NpgsqlCommand ReadAgainCommand(Relation relation, ColumnValue[] row, IReadOnlyList<int> columns, bool hides)
    {
        var command = new NpgsqlCommand { Connection = connection };
        var wanted = string.Join(", ", columns.Select(column =>
        {
            var name = SqlIdentifier.Quote(relation.Columns[column].Name);
            return $"CASE WHEN {name} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {name}) END";
        }));
        var key = new List<string>();
        for (var i = 0; i < row.Length; i++)
        {
            if (relation.Columns[i].IsKey)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = row[i].ToString(), NpgsqlDbType = NpgsqlDbType.Unknown });
                key.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{SqlIdentifier.Quote(relation.Columns[i].Name)} = ${command.Parameters.Count}"));
            }
        }

        string Row(string table) => $"SELECT true AS found, {wanted} FROM {table} WHERE {string.Join(" AND ", key)}";
        var hidden = hides
            ? " UNION ALL " + Row(string.Create(CultureInfo.InvariantCulture, $"kafkabridge.hidden_{relation.Oid}"))
            : "";
        command.CommandText = $"""
            SELECT s.snapshot, r.* FROM (SELECT pg_catalog.pg_current_snapshot()::text AS snapshot) s
            LEFT JOIN ({Row(SqlIdentifier.Quote(relation.Name))}{hidden}) r ON true LIMIT 1
            """;
        return command;
    }

    static ColumnValue[] Values(NpgsqlDataReader reader, int count)
    {
        var values = new ColumnValue[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = reader.IsDBNull(i + 2) ? ColumnValue.Null : new ColumnValue(Encoding.UTF8.GetBytes(reader.GetString(i + 2)));
        }

        return values;
    }

    /// <param name="snapshot">xmin:xmax:xip,xip… with 64-bit transaction ids.</param>
    /// <param name="xid">The low 32 bits of a transaction's id that is near the snapshot.</param>
    internal static bool IsVisible(string snapshot, uint xid)
    {
        var parts = snapshot.Split(':');
        var xmin = ulong.Parse(parts[0], CultureInfo.InvariantCulture);
        var xmax = ulong.Parse(parts[1], CultureInfo.InvariantCulture);
        // Half the number circle decides which era the 32 bits belong to.
        var full = xmax + (ulong)(long)(int)(xid - (uint)xmax);
        if (full < xmin)
        {
            return true;
        }

        return full < xmax && !parts[2].Split(',').Contains(full.ToString(CultureInfo.InvariantCulture));
    }

    static async Task<IReadOnlyList<string>> TextsAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var rows = await command.ExecuteReaderAsync(ct);
        var texts = new List<string>();
        while (await rows.ReadAsync(ct))
        {
            texts.Add(rows.GetString(0));
        }

        return texts;
    }
}
