using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>
/// The two publications of a node. Keyless tables are in one of their own, for inserts and truncates only: a publication
/// that includes updates makes UPDATE and DELETE of a table without a key fail in the user's own session.
/// </summary>
public static class Publication
{
    public const string Keyed = "kafkabridge";
    public const string Inserts = "kafkabridge_inserts";

    /// <summary>Published with the keyed tables: capture sees in WAL order what the node had applied of others.</summary>
    public static readonly RelationName Position = new("kafkabridge", "position");

    /// <summary>Published with them too: what a transaction writes that also rewrites a table is applied by the node itself.</summary>
    public static readonly RelationName Rewrite = new("kafkabridge", "rewrite");

    /// <summary>What the server's publications hold too much or lack, a sentence each; empty when they are as wanted.</summary>
    /// <param name="keyed">Tables with a key, without the bridge's own.</param>
    public static async Task<IReadOnlyList<string>> CompareAsync(
        NpgsqlConnection connection, IReadOnlyList<RelationName> keyed, IReadOnlyList<RelationName> keyless, CancellationToken ct)
    {
        var differences = new List<string>();
        await CompareAsync(connection, Keyed, [.. keyed, Position, Rewrite], differences, ct);
        await CompareAsync(connection, Inserts, keyless, differences, ct);
        return differences;
    }

    /// <summary>Makes the publications, or sets their tables and options to exactly these, in one transaction.</summary>
    public static async Task EnsureAsync(
        NpgsqlConnection connection, IReadOnlyList<RelationName> keyed, IReadOnlyList<RelationName> keyless, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await EnsureAsync(connection, Keyed, [.. keyed, Position, Rewrite], "insert, update, delete, truncate", ct);
        await EnsureAsync(connection, Inserts, keyless, "insert, truncate", ct);
        await transaction.CommitAsync(ct);
    }

    public static async Task DropAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        foreach (var name in (string[])[Keyed, Inserts])
        {
            await ExecuteAsync(connection, $"DROP PUBLICATION IF EXISTS {SqlIdentifier.Quote(name)}", ct);
        }
    }

    static async Task EnsureAsync(
        NpgsqlConnection connection, string name, IReadOnlyList<RelationName> tables, string publish, CancellationToken ct)
    {
        var publication = SqlIdentifier.Quote(name);
        var options = $"publish = '{publish}', publish_via_partition_root = true";
        var present = await TablesAsync(connection, name, ct);
        if (present is null)
        {
            var list = tables.Count == 0 ? "" : " FOR TABLE " + string.Join(", ", tables.Select(SqlIdentifier.Quote));
            await ExecuteAsync(connection, $"CREATE PUBLICATION {publication}{list} WITH ({options})", ct);
            return;
        }

        await ExecuteAsync(connection, $"ALTER PUBLICATION {publication} SET ({options})", ct);
        foreach (var table in present.Except(tables))
        {
            await ExecuteAsync(connection, $"ALTER PUBLICATION {publication} DROP TABLE {SqlIdentifier.Quote(table)}", ct);
        }

        foreach (var table in tables.Except(present))
        {
            await ExecuteAsync(connection, $"ALTER PUBLICATION {publication} ADD TABLE {SqlIdentifier.Quote(table)}", ct);
        }
    }

    static async Task CompareAsync(
        NpgsqlConnection connection, string name, IReadOnlyList<RelationName> wanted, List<string> differences, CancellationToken ct)
    {
        if (await TablesAsync(connection, name, ct) is not { } present)
        {
            differences.Add($"The publication {name} is missing.");
            return;
        }

        differences.AddRange(wanted.Except(present).Select(table => $"The publication {name} lacks the table {table}."));
        differences.AddRange(
            present.Except(wanted).Select(table => $"The publication {name} holds the table {table}, which is not replicated."));
    }

    /// <returns>Null where there is no such publication.</returns>
    static async Task<HashSet<RelationName>?> TablesAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        const string Sql = """
            SELECT n.nspname, c.relname
            FROM pg_catalog.pg_publication p
            LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
            LEFT JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE p.pubname = $1
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await using var rows = await command.ExecuteReaderAsync(ct);
        HashSet<RelationName>? tables = null;
        while (await rows.ReadAsync(ct))
        {
            tables ??= [];
            if (!rows.IsDBNull(0))
            {
                tables.Add(new RelationName(rows.GetString(0), rows.GetString(1)));
            }
        }

        return tables;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
