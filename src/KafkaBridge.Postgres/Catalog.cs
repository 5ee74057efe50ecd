using System.Globalization;
using KafkaBridge.Changes;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// Reads what PostgreSQL's catalog says about tables. Only ordinary tables (leaf partitions too) hold rows, so only
/// those.
/// </summary>
public static class Catalog
{
    const string TablesSql = """
        SELECT c.oid, n.nspname, c.relname, c.relreplident::text,
               COALESCE(k.indkey::int2[], '{}'), COALESCE(NOT k.indimmediate, false),
               EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'R'))
                 OR EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_enabled IN ('A', 'R'))
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (
          SELECT i.indexrelid, i.indkey, i.indimmediate FROM pg_catalog.pg_index AS i
          WHERE i.indrelid = c.oid AND (i.indisprimary OR i.indisreplident)
          ORDER BY i.indisprimary DESC LIMIT 1) AS k ON true
        WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'kafkabridge'
          AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
        ORDER BY n.nspname, c.relname
        """;

    const string ColumnsSql = """
        SELECT a.attrelid, a.attnum, a.attname, a.atttypid, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attgenerated <> '', a.attidentity = 'a', a.atthasdef OR a.attidentity <> '',
               CASE WHEN a.attcollation <> t.typcollation
                    THEN pg_catalog.format('%I.%I', n.nspname, l.collname) END,
               (SELECT pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)
                FROM pg_catalog.pg_index AS i
                CROSS JOIN LATERAL
                    ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[])) AS k (attnum, class)
                JOIN pg_catalog.pg_opclass AS p ON p.oid = k.class
                JOIN pg_catalog.pg_amop AS m ON m.amopfamily = p.opcfamily AND m.amopstrategy = 3
                 AND m.amoplefttype = p.opcintype AND m.amoprighttype = p.opcintype
                JOIN pg_catalog.pg_operator AS o ON o.oid = m.amopopr
                JOIN pg_catalog.pg_namespace AS s ON s.oid = o.oprnamespace
                WHERE i.indrelid = a.attrelid AND (i.indisprimary OR i.indisreplident) AND k.attnum = a.attnum
                ORDER BY i.indisprimary DESC LIMIT 1),
               (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef AS d
                WHERE a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum)
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
        LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attrelid, a.attnum
        """;

    /// <summary>
    /// Indexes that forbid two rows, the key's own not among them. The first part of an index's definition is as long as what
    /// is built here; a column of pg_index that 14 lacks is read by way of JSON.
    /// </summary>
    const string ClaimsSql = """
        SELECT i.indrelid, i.indexrelid,
               ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, false)
                     FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k ORDER BY k),
               ARRAY(SELECT pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)
                     FROM ROWS FROM (pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(x.conexclop))
                         WITH ORDINALITY AS k (class, exclusion, place)
                     JOIN pg_catalog.pg_opclass AS p ON p.oid = k.class
                     LEFT JOIN pg_catalog.pg_amop AS m ON m.amopfamily = p.opcfamily AND m.amopstrategy = 3
                      AND m.amoplefttype = p.opcintype AND m.amoprighttype = p.opcintype AND NOT i.indisexclusion
                     JOIN pg_catalog.pg_operator AS o ON o.oid = COALESCE(k.exclusion, m.amopopr)
                     JOIN pg_catalog.pg_namespace AS s ON s.oid = o.oprnamespace ORDER BY k.place),
               ARRAY(SELECT CASE WHEN l.oid IS NULL THEN '' ELSE pg_catalog.format('%I.%I', n.nspname, l.collname) END
                     FROM pg_catalog.unnest(i.indcollation::oid[]) WITH ORDINALITY AS k (rules, place)
                     LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = k.rules
                     LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
                     WHERE k.place <= i.indnkeyatts ORDER BY k.place),
               pg_catalog.pg_get_expr(i.indpred, i.indrelid),
               COALESCE((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
               pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), 1 + pg_catalog.length(pg_catalog.format(
                   CASE WHEN i.indisunique THEN 'CREATE UNIQUE INDEX %I ON %I.%I ' ELSE 'CREATE INDEX %I ON %I.%I ' END,
                   e.relname, n.nspname, c.relname)))
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS e ON e.oid = i.indexrelid
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_constraint AS x ON x.conindid = i.indexrelid AND x.conrelid = i.indrelid AND x.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = ANY ($1) AND (i.indisunique OR i.indisexclusion)
          AND i.indexrelid <> COALESCE((SELECT k.indexrelid FROM pg_catalog.pg_index AS k
                                        WHERE k.indrelid = i.indrelid AND (k.indisprimary OR k.indisreplident)
                                        ORDER BY k.indisprimary DESC LIMIT 1), 0)
        ORDER BY i.indrelid, i.indexrelid
        """;

    /// <summary>
    /// The tables whose name matches a pattern: <c>schema.table</c>, where <c>*</c> stands for any characters. Names
    /// are unquoted.
    /// </summary>
    public static async Task<IReadOnlyList<TableDefinition>> ReadTablesAsync(
        NpgsqlConnection connection, IReadOnlyList<string> patterns, CancellationToken ct)
    {
        var found = new List<(uint Oid, RelationName Name, ReplicaIdentity Identity, short[] Key, bool Deferrable, bool Observed)>();
        await using (var command = new NpgsqlCommand("SET search_path = pg_catalog", connection))
        {
            await command.ExecuteNonQueryAsync(ct);
        }

        await using (var command = new NpgsqlCommand(TablesSql, connection))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var name = new RelationName(reader.GetString(1), reader.GetString(2));
                if (patterns.Any(pattern => Matches(pattern, name.ToString())))
                {
                    found.Add((reader.GetFieldValue<uint>(0), name, Identity(reader.GetString(3)), reader.GetFieldValue<short[]>(4),
                        reader.GetBoolean(5), reader.GetBoolean(6)));
                }
            }
        }

        var columns = await ReadColumnsAsync(connection, found.ToDictionary(table => table.Oid, table => table.Key), ct);
        var claims = await ReadClaimsAsync(connection, [.. columns.Keys], ct);
        var foreignKeys = await ForeignKeyCatalog.ReadAsync(connection, [.. columns.Keys], ct);
        var referring = foreignKeys.Where(keys => columns.GetValueOrDefault(keys.Key, []).Exists(column => column.IsKey))
            .SelectMany(keys => keys).ToLookup(key => key.Referenced);
        return [.. found.Select(table => new TableDefinition(
            table.Oid, table.Name, table.Identity, columns.GetValueOrDefault(table.Oid, []), table.Deferrable, [.. claims[table.Oid]])
        {
            IsObserved = table.Observed,
            ForeignKeys = [.. foreignKeys[table.Oid]],
            IsReferenced = referring.Contains(table.Oid),
            ReferencedValues =
            [
                .. referring[table.Oid].SelectMany(key => key.Columns).Select(column => column.Referenced)
                    .Except(columns.GetValueOrDefault(table.Oid, []).Where(column => column.IsKey).Select(column => column.Name)),
            ],
        })];
    }

    static async Task<ILookup<uint, ClaimDefinition>> ReadClaimsAsync(NpgsqlConnection connection, uint[] tables, CancellationToken ct)
    {
        var claims = new List<(uint Table, ClaimDefinition Claim)>();
        await using var command = new NpgsqlCommand(ClaimsSql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = tables, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (expressions, operators) = (reader.GetFieldValue<string[]>(2), reader.GetFieldValue<string[]>(3));
            var collations = reader.GetFieldValue<string[]>(4);
            if (operators.Length != expressions.Length || collations.Length != expressions.Length)
            {
                throw new NotSupportedException(string.Create(
                    CultureInfo.InvariantCulture, $"How the unique index {reader.GetFieldValue<uint>(1)} compares can't be read."));
            }

            var terms = expressions.Select((expression, i) =>
                new ClaimTerm(expression, operators[i], collations[i].Length == 0 ? null : collations[i]));
            claims.Add((reader.GetFieldValue<uint>(0), new ClaimDefinition(
                reader.GetFieldValue<uint>(1),
                [.. terms],
                await reader.IsDBNullAsync(5, ct) ? null : reader.GetString(5),
                reader.GetBoolean(6),
                reader.GetString(7))));
        }

        return claims.ToLookup(one => one.Table, one => one.Claim);
    }

    static async Task<Dictionary<uint, List<ColumnDefinition>>> ReadColumnsAsync(
        NpgsqlConnection connection, Dictionary<uint, short[]> keys, CancellationToken ct)
    {
        var columns = new Dictionary<uint, List<ColumnDefinition>>();
        await using var command = new NpgsqlCommand(ColumnsSql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = keys.Keys.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var table = reader.GetFieldValue<uint>(0);
            if (!columns.TryGetValue(table, out var list))
            {
                columns.Add(table, list = []);
            }

            list.Add(new ColumnDefinition(
                reader.GetString(2), reader.GetFieldValue<uint>(3), reader.GetString(4),
                IsKey: keys[table].Contains(reader.GetInt16(1)),
                IsNotNull: reader.GetBoolean(5),
                IsGenerated: reader.GetBoolean(6),
                IsIdentityAlways: reader.GetBoolean(7),
                HasDefault: reader.GetBoolean(8),
                Collation: await reader.IsDBNullAsync(9, ct) ? null : reader.GetString(9),
                Equality: await reader.IsDBNullAsync(10, ct) ? null : reader.GetString(10))
            {
                Generation = await reader.IsDBNullAsync(11, ct) ? null : reader.GetString(11),
            });
        }

        return columns;
    }

    static ReplicaIdentity Identity(string letter) => letter switch
    {
        "d" => ReplicaIdentity.Default,
        "n" => ReplicaIdentity.Nothing,
        "f" => ReplicaIdentity.Full,
        "i" => ReplicaIdentity.Index,
        _ => throw new NotSupportedException(string.Create(
            CultureInfo.InvariantCulture, $"pg_class.relreplident '{letter}' is not known to this version of kafkabridge.")),
    };

    static bool Matches(string pattern, string name)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return pattern == name;
        }

        if (!name.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        var at = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var found = name.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return name.Length - at >= parts[^1].Length && name.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}
