using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply;

/// <summary>Statements with parameters, by their places.</summary>
static class Commands
{
    public static NpgsqlCommand Command(
        this NpgsqlConnection connection, string sql, params (object Value, NpgsqlDbType Type)[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (value, type) in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        }

        return command;
    }

    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (object Value, NpgsqlDbType Type)[] values)
    {
        await using var command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<object?> ScalarAsync(
        this NpgsqlConnection connection, string sql, CancellationToken ct, params (object Value, NpgsqlDbType Type)[] values)
    {
        await using var command = connection.Command(sql, values);
        return await command.ExecuteScalarAsync(ct);
    }
}
