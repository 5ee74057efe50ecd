using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// Reads the foreign keys between tables. Not those to a partition, whose rows the partitioned table's other partitions may have;
/// nor those that the server does not enforce, or that are of periods (18). Columns that older servers lack are read by way of JSON.
/// </summary>
static class ForeignKeyCatalog
{
    const string Sql = """
        SELECT x.conrelid, x.conname, x.confrelid,
          ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(x.conkey) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.conrelid AND a.attnum = k.attnum ORDER BY k.place),
          ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(x.confkey) WITH ORDINALITY AS k (attnum, place)
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.confrelid AND a.attnum = k.attnum ORDER BY k.place),
          ARRAY(SELECT pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname)
                FROM pg_catalog.unnest(x.conpfeqop) WITH ORDINALITY AS k (operator, place)
                JOIN pg_catalog.pg_operator AS o ON o.oid = k.operator
                JOIN pg_catalog.pg_namespace AS s ON s.oid = o.oprnamespace ORDER BY k.place),
          x.confdeltype IN ('c', 'n', 'd'),
          EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = x.conrelid AND i.indisvalid AND i.indpred IS NULL
                    AND (i.indkey::int2[])[0 : pg_catalog.cardinality(x.conkey) - 1] @> x.conkey)
        FROM pg_catalog.pg_constraint AS x
        JOIN pg_catalog.pg_class AS p ON p.oid = x.confrelid AND NOT p.relispartition
        WHERE x.contype = 'f' AND x.conrelid = ANY ($1) AND x.confrelid = ANY ($1)
          AND COALESCE((pg_catalog.to_jsonb(x) ->> 'conenforced')::boolean, true)
          AND NOT COALESCE((pg_catalog.to_jsonb(x) ->> 'conperiod')::boolean, false)
        ORDER BY x.conrelid, x.conname
        """;

    /// <returns>By the table that refers.</returns>
    public static async Task<ILookup<uint, ForeignKeyDefinition>> ReadAsync(
        NpgsqlConnection connection, uint[] tables, CancellationToken ct)
    {
        var found = new List<(uint Table, ForeignKeyDefinition Key)>();
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = tables, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (names, referenced) = (reader.GetFieldValue<string[]>(3), reader.GetFieldValue<string[]>(4));
            var matches = reader.GetFieldValue<string[]>(5);
            found.Add((reader.GetFieldValue<uint>(0), new ForeignKeyDefinition(
                reader.GetString(1),
                reader.GetFieldValue<uint>(2),
                [.. names.Select((name, i) => new ForeignKeyColumn(name, referenced[i], matches[i]))],
                reader.GetBoolean(6),
                reader.GetBoolean(7))));
        }

        return found.ToLookup(one => one.Table, one => one.Key);
    }
}
