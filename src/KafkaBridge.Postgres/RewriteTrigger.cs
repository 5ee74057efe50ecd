using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>
/// The event trigger that keeps the versions of a table's rows when it is rewritten; its function is in
/// <c>schemas/sql/020_rewrite.sql</c>. It goes with the schema kafkabridge.
/// </summary>
public static class RewriteTrigger
{
    const string Name = "kafkabridge_keep_versions";

    /// <summary>A superuser's to run, in one transaction; sessions that apply fire it too.</summary>
    public const string Sql =
        $"DROP EVENT TRIGGER IF EXISTS {Name}; "
        + $"CREATE EVENT TRIGGER {Name} ON table_rewrite EXECUTE FUNCTION kafkabridge.keep_versions(); "
        + $"ALTER EVENT TRIGGER {Name} ENABLE ALWAYS;";

    /// <summary>
    /// The function, which superusers' ALTER TABLE runs too, belongs to a role that nobody is: what the bridge's role makes of its
    /// own tables and functions, which this one uses, must not run with a superuser's rights.
    /// </summary>
    public static IEnumerable<string> RoleSql(string bridge, IReadOnlyList<TableDefinition> tables)
    {
        const string Role = "kafkabridge_versions";
        var quoted = SqlIdentifier.Quote(bridge);
        yield return $"DO $$ BEGIN CREATE ROLE {Role} NOLOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $$;";
        foreach (var schema in tables.Select(table => table.Name.Namespace).Distinct().Append("kafkabridge"))
        {
            yield return $"GRANT USAGE ON SCHEMA {SqlIdentifier.Quote(schema)} TO {Role};";
        }

        foreach (var table in tables)
        {
            yield return $"GRANT SELECT ON {SqlIdentifier.Quote(table.Name)} TO {Role};";
        }

        yield return $"GRANT SELECT ON ALL TABLES IN SCHEMA kafkabridge TO {Role};";
        yield return $"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted} IN SCHEMA kafkabridge GRANT SELECT ON TABLES TO {Role};";
        yield return $"GRANT INSERT, UPDATE ON kafkabridge.rewrite, kafkabridge.row_version TO {Role};";
        yield return $"ALTER FUNCTION kafkabridge.keep_versions() OWNER TO {Role};";
    }

    public static async Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Look = $"SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = '{Name}' AND evtenabled = 'A')";
        await using var command = new NpgsqlCommand(Look, connection);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <returns>False: the session's role may not; only a superuser may.</returns>
    public static async Task<bool> EnsureAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = new NpgsqlCommand(Sql, connection);
        try
        {
            await command.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }
}
