using KafkaBridge.Changes.Conflicts;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Folding;

/// <summary>Writes that lost by the rule error and about which nobody has decided: their writer's origin waits here.</summary>
public static class LostWrites
{
    /// <summary>The writer whose write was not kept, of a row <c>c</c> of kafkabridge.conflict.</summary>
    public const string Loser = "CASE c.resolution WHEN 'keep_local' THEN c.remote_writer ELSE c.local_writer END";

    /// <summary>And its tick.</summary>
    public const string LoserTick = "CASE c.resolution WHEN 'keep_local' THEN c.remote_tick ELSE c.local_tick END";

    static readonly string Sql = $"""
        SELECT c.id, c.schemaname || '.' || c.relname, c.replica_identity::text, c.conflict_type,
          CASE c.resolution WHEN 'keep_local' THEN c.local_writer ELSE c.remote_writer END,
          c.conflict_type = '{ConflictKind.VersionUnknown.Name()}'
        FROM kafkabridge.conflict AS c
        WHERE c.resolver = 'error' AND c.reviewed_by IS NULL AND {Loser} = $1
        ORDER BY c.id DESC LIMIT 1
        """;

    /// <returns>Which row, who wrote it, and what to type; null: all is decided.</returns>
    public static async Task<string?> FindAsync(
        NpgsqlConnection connection, int writer, string node, Func<int, string> name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = writer, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var (id, kept) = ($"{node}:{reader.GetInt64(0)}", name(reader.GetInt32(4)));
        var isUnknown = reader.GetBoolean(5);
        var why = isUnknown
            ? $"{node} has lost the row's commit time, so it is not known whether {name(writer)}'s write is later; the row is kept"
            : $"{name(writer)} and {kept} wrote it without knowing of each other, {kept}'s write is kept";
        return $"{reader.GetString(3)} on {reader.GetString(1)} {reader.GetString(2)}: {why}, and "
            + (isUnknown ? "" : $"by the rule {ConflictRule.Error.Name()} ")
            + $"nothing more of {name(writer)} is applied here until a person has decided. "
            + $"kafkabridge conflict explain {id} says more. To go on: kafkabridge conflict "
            + $"resolve {id} --take remote (or local) --reason …";
    }
}
