using KafkaBridge.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Conflicts;

/// <summary>One row of a table, read, locked and written by its key in an ordinary session: what a person decided.</summary>
/// <param name="key">The texts of the key's columns.</param>
internal sealed class DecidedRow(NpgsqlConnection connection, TableDefinition table, IReadOnlyDictionary<string, string?> key)
{
    readonly string name = SqlIdentifier.Quote(table.Name);

    /// <returns>The row, locked until the transaction's end; null: there is none.</returns>
    public async Task<Dictionary<string, string?>?> LockAsync(CancellationToken ct)
    {
        var values = string.Join(", ", table.Columns.Select(column => $"t.{SqlIdentifier.Quote(column.Name)}::text"));
        await using var command = new NpgsqlCommand { Connection = connection };
        command.CommandText = $"SELECT ARRAY[{values}] FROM ONLY {name} AS t WHERE {KeyMatches(command)} FOR UPDATE";
        return await command.ExecuteScalarAsync(ct) is string?[] texts
            ? table.Columns.Zip(texts).ToDictionary(pair => pair.First.Name, pair => pair.Second)
            : null;
    }

    /// <param name="wanted">The columns that shall have these texts; null: the row shall go.</param>
    /// <returns>What was done, as SQL calls it; null: the row is as wanted.</returns>
    public async Task<string?> WriteAsync(
        IReadOnlyDictionary<string, string?>? present, IReadOnlyDictionary<string, string?>? wanted, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand { Connection = connection };
        switch (present, wanted)
        {
            case (null, null):
                return null;
            case (_, null):
                command.CommandText = $"DELETE FROM ONLY {name} AS t WHERE {KeyMatches(command)}";
                break;
            case (null, _):
                var given = table.Columns.Where(
                    column => !column.IsGenerated && (column.IsKey || wanted.ContainsKey(column.Name))).ToList();
                var values = given.Select(column => Value(command, column, column.IsKey ? key : wanted)).ToList();
                command.CommandText = $"INSERT INTO {name} ({string.Join(", ", given.Select(column => SqlIdentifier.Quote(column.Name)))}) "
                    + $"OVERRIDING SYSTEM VALUE VALUES ({string.Join(", ", values)})";
                break;
            default:
                var changed = table.Columns.Where(column => !column.IsGenerated && !column.IsKey
                    && wanted.TryGetValue(column.Name, out var text) && text != present[column.Name]).ToList();
                if (changed.Count == 0)
                {
                    return null;
                }

                var set = changed.Select(column => $"{SqlIdentifier.Quote(column.Name)} = {Value(command, column, wanted)}").ToList();
                command.CommandText = $"UPDATE ONLY {name} AS t SET {string.Join(", ", set)} WHERE {KeyMatches(command)}";
                break;
        }

        return await WriteAsync(command, ct);
    }

    /// <summary>Writes the row as it is, which gives it a new version.</summary>
    public async Task<string> WriteAgainAsync(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand { Connection = connection };
        var column = SqlIdentifier.Quote(table.Columns.First(column => !column.IsGenerated && !column.IsIdentityAlways).Name);
        command.CommandText = $"UPDATE ONLY {name} AS t SET {column} = {column} WHERE {KeyMatches(command)}";
        return await WriteAsync(command, ct);
    }

    /// <returns>What was done, as SQL calls it.</returns>
    async Task<string> WriteAsync(NpgsqlCommand command, CancellationToken ct) => await command.ExecuteNonQueryAsync(ct) == 1
        ? command.CommandText[..6]
        : throw new InvalidOperationException($"A trigger of {table.Name} kept the row from being written.");

    string KeyMatches(NpgsqlCommand command) => string.Join(" AND ", table.KeyColumns.Select(
        column => $"t.{SqlIdentifier.Quote(column.Name)} {column.Equality} {Value(command, column, key)}"));

    static string Value(NpgsqlCommand command, ColumnDefinition column, IReadOnlyDictionary<string, string?> texts)
    {
        command.Parameters.Add(
            new NpgsqlParameter { Value = (object?)texts[column.Name] ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return $"CAST(${command.Parameters.Count} AS {column.TypeName})";
    }
}
