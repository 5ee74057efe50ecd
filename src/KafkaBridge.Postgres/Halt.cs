using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>One row of kafkabridge.halt: an origin that stands still in this database until a person decides.</summary>
/// <param name="Id">What <c>tx skip</c> and <c>tx retry</c> take; null where nothing can be left out.</param>
public sealed record Halt(int Writer, string? Id, string Sentence, DateTime HaltedAt)
{
    /// <summary>Empty, too, where the bridge's schema is not there.</summary>
    public static async Task<IReadOnlyList<Halt>> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var exists = new NpgsqlCommand("SELECT pg_catalog.to_regclass('kafkabridge.halt') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(ct) is not true)
            {
                return [];
            }
        }

        await using var command = new NpgsqlCommand(
            "SELECT writer, id, sentence, halted_at FROM kafkabridge.halt ORDER BY writer", connection);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var halts = new List<Halt>();
        while (await rows.ReadAsync(ct))
        {
            halts.Add(new Halt(rows.GetInt32(0), rows.IsDBNull(1) ? null : rows.GetString(1), rows.GetString(2), rows.GetDateTime(3)));
        }

        return halts;
    }

    public static async Task WriteAsync(NpgsqlConnection connection, int writer, string? id, string sentence, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO kafkabridge.halt (writer, id, sentence) VALUES ($1, $2, $3)
            ON CONFLICT (writer) DO UPDATE SET id = EXCLUDED.id, sentence = EXCLUDED.sentence, halted_at = EXCLUDED.halted_at
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = writer });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = sentence });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Takes the halts with this id away, which has the applier try again.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> RemoveAsync(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("DELETE FROM kafkabridge.halt WHERE id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task RemoveAsync(NpgsqlConnection connection, int writer, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("DELETE FROM kafkabridge.halt WHERE writer = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = writer });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A start of the applier tries everything again.</summary>
    public static async Task RemoveAllAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("DELETE FROM kafkabridge.halt", connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
