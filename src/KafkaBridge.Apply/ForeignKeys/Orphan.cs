using KafkaBridge.Apply.Sql;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.ForeignKeys;

/// <summary>A row that refers to one that is gone.</summary>
/// <param name="Note">The row of kafkabridge.parent_delete that says what is missing.</param>
/// <param name="Rows">Those that it is one of.</param>
/// <param name="Place">Its ctid; with the xmin it is this very version of the row.</param>
/// <param name="Writer">Who wrote it; −1: it was there before.</param>
sealed record Orphan(RuledForeignKey Key, ReferringRows Rows, long Note, string Place, string Xmin, int Writer)
{
    public static (object Value, NpgsqlDbType Type)[] Parameters(long[] notes, int self, DateTime adopted) =>
    [
        (notes, NpgsqlDbType.Array | NpgsqlDbType.Bigint), (self, NpgsqlDbType.Integer), (adopted, NpgsqlDbType.TimestampTz),
    ];

    public static async Task<List<Orphan>> FindAsync(
        NpgsqlConnection connection, RuledForeignKey key, bool truncated, long[] notes, int self, DateTime adopted, CancellationToken ct)
    {
        var found = new List<Orphan>();
        foreach (var rows in key.Sql.Referring)
        {
            await using var command = connection.Command(key.Sql.Find(key.Rule, rows, truncated), Parameters(notes, self, adopted));
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                found.Add(new Orphan(key, rows, reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)));
            }
        }

        return found;
    }
}
