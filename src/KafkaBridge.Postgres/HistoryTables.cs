using KafkaBridge.Changes;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// What tables whose conflict rules need a row's history must have on a server: whole old rows in the log, and a trigger that
/// refuses TRUNCATE.
/// </summary>
public static class HistoryTables
{
    const string Trigger = "kafkabridge_refuse_truncate";

    const string Sql = $"""
        SELECT n.nspname, c.relname, c.relreplident = 'f', EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = '{Trigger}' AND t.tgenabled <> 'D')
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND ((n.nspname, c.relname) IN (SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS w)
          OR EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = '{Trigger}'))
        """;

    /// <summary>The statements that make them so, and undo it on tables that are no longer such; empty where all is as wanted.</summary>
    /// <param name="whole">Tables that need whole old rows alone: foreign keys refer to them, and what was deleted is restored.</param>
    public static async Task<IReadOnlyList<string>> CompareAsync(
        NpgsqlConnection connection, IReadOnlyCollection<RelationName> wanted, IReadOnlyCollection<RelationName> whole,
        CancellationToken ct)
    {
        RelationName[] all = [.. wanted.Union(whole)];
        var statements = new List<string>();
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(Names([.. all.Select(table => table.Namespace)]));
        command.Parameters.Add(Names([.. all.Select(table => table.Name)]));
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var table = new RelationName(reader.GetString(0), reader.GetString(1));
            var (name, isFull, hasTrigger) = (SqlIdentifier.Quote(table), reader.GetBoolean(2), reader.GetBoolean(3));
            if (hasTrigger && !wanted.Contains(table))
            {
                statements.Add($"DROP TRIGGER {Trigger} ON {name}");
            }

            if (!isFull && all.Contains(table))
            {
                statements.Add($"ALTER TABLE {name} REPLICA IDENTITY FULL");
            }

            if (!hasTrigger && wanted.Contains(table))
            {
                statements.Add(
                    $"CREATE OR REPLACE TRIGGER {Trigger} BEFORE TRUNCATE ON {name} EXECUTE FUNCTION kafkabridge.refuse_truncate()");
            }
        }

        return statements;
    }

    public static async Task EnsureAsync(NpgsqlConnection connection, IReadOnlyList<string> statements, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
    }

    static NpgsqlParameter Names(string[] names) => new() { Value = names, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Name };
}
