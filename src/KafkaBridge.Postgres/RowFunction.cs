using KafkaBridge.Changes;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// A function that decides the conflicts of one table, as one server has it: (row that stands, its commit time, its node, next row, its
/// commit time, its node) to a row.
/// </summary>
/// <param name="Digest">Of all that says what it returns: two servers have one function where their digests are one.</param>
/// <param name="Definition">A statement that makes it.</param>
/// <param name="Refusal">Why it can't decide; null: it can.</param>
/// <param name="Remedy">What makes it so that it can.</param>
public sealed record RowFunction(string Digest, string Definition, string? Refusal, string? Remedy)
{
    /// <summary>
    /// SHA-256 in hex, of a row p of pg_proc and its language l: text, names and types of arguments, settings, properties. The names of
    /// types depend on the session: search_path has to be pg_catalog, as all of the bridge's have it.
    /// </summary>
    public const string DigestSql = """
        pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(E'\n',
          l.lanname, p.provolatile, p.proisstrict, p.prosecdef, p.proretset, pg_catalog.format_type(p.prorettype, NULL),
          pg_catalog.oidvectortypes(p.proargtypes), pg_catalog.array_to_string(p.proargnames, ',', '-'),
          pg_catalog.array_to_string(p.proconfig, ','), COALESCE(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)), 'UTF8')), 'hex')
        """;

    const string Sql = $"""
        SELECT {DigestSql}, COALESCE(CASE WHEN p.prokind = 'f' THEN pg_catalog.pg_get_functiondef(p.oid) END, ''),
          pg_catalog.oidvectortypes(p.proargtypes), ARRAY(SELECT pg_catalog.unnest(p.proargtypes::oid[])) = w.types AS fits,
          p.prokind = 'f', p.proretset, pg_catalog.format_type(p.prorettype, NULL), p.prorettype = c.reltype, p.provolatile = 'i',
          p.prosecdef, l.lanname::text, CURRENT_USER::text,
          pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
        JOIN pg_catalog.pg_class AS c ON c.oid = $3
        CROSS JOIN LATERAL (SELECT ARRAY[c.reltype, 1184, 25, c.reltype, 1184, 25]::oid[]) AS w (types)
        WHERE n.nspname = $1 AND p.proname = $2
        ORDER BY fits DESC, p.oid LIMIT 1
        """;

    /// <summary>With what it has to take: the table's row, when and on which node it was written, and the same of the next.</summary>
    public static string Signature(RelationName function, TableDefinition table) =>
        $"{SqlIdentifier.Quote(function)}({SqlIdentifier.Quote(table.Name)}, timestamptz, text, {SqlIdentifier.Quote(table.Name)}, "
        + "timestamptz, text)";

    /// <summary>The statement to begin with, where there is none.</summary>
    public static string Beginning(RelationName function, TableDefinition table)
    {
        var row = SqlIdentifier.Quote(table.Name);
        return $"CREATE FUNCTION {SqlIdentifier.Quote(function)}(present {row}, present_at timestamptz, present_node text, next {row}, "
            + $"next_at timestamptz, next_node text) RETURNS {row} LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN … END $$";
    }

    public static IEnumerable<string> Grants(RelationName function, TableDefinition table, string role)
    {
        yield return $"GRANT USAGE ON SCHEMA {SqlIdentifier.Quote(function.Namespace)} TO {SqlIdentifier.Quote(role)};";
        yield return $"GRANT EXECUTE ON FUNCTION {Signature(function, table)} TO {SqlIdentifier.Quote(role)};";
    }

    /// <returns>Null: there is none of that name.</returns>
    public static async Task<RowFunction?> ReadAsync(
        NpgsqlConnection connection, RelationName name, TableDefinition table, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        Add(name.Namespace, NpgsqlDbType.Name);
        Add(name.Name, NpgsqlDbType.Name);
        Add(table.Oid, NpgsqlDbType.Oid);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var (refusal, remedy) = Judge(reader, name, table);
        return new RowFunction(reader.GetString(0), reader.GetString(1), refusal, remedy);

        void Add(object value, NpgsqlDbType type) => command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
    }

    static (string? Refusal, string? Remedy) Judge(NpgsqlDataReader reader, RelationName name, TableDefinition table)
    {
        var (signature, beginning, language) = (Signature(name, table), Beginning(name, table), reader.GetString(10));
        return !reader.GetBoolean(3) ? ($"takes ({reader.GetString(2)}), and has to be {signature}", beginning)
            : !reader.GetBoolean(4) ? ("is no plain function", beginning)
            : reader.GetBoolean(5) ? ("returns a set of rows, and has to return one", beginning)
            : !reader.GetBoolean(7) ? ($"returns {reader.GetString(6)}, and has to return the table's row", beginning)
            : !reader.GetBoolean(8)
                ? ("is not declared IMMUTABLE: every node has to come to the same row, whenever it asks",
                    $"ALTER FUNCTION {signature} IMMUTABLE")
            : reader.GetBoolean(9)
                ? ("is SECURITY DEFINER: it would have its owner's rights in the bridge's sessions",
                    $"ALTER FUNCTION {signature} SECURITY INVOKER")
            : language is "c" or "internal" ? ($"is written in {language}, so its text does not say what it does", beginning)
            : !reader.GetBoolean(12)
                ? ($"may not be called by the role {reader.GetString(11)}", string.Join(' ', Grants(name, table, reader.GetString(11))))
            : (null, null);
    }
}
