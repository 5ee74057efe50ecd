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
