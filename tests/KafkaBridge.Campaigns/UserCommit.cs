using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>A user's transaction as its server's log would have it.</summary>
/// <param name="Time">Microseconds since 1970 UTC.</param>
readonly record struct UserCommit(uint Xid, Lsn Lsn, long Time)
{
    /// <returns>Null: a unique value is taken, and nothing happened.</returns>
    public static async Task<UserCommit?> RunAsync(NpgsqlConnection user, string statements)
    {
        uint xid;
        ulong lsn;
        try
        {
            await using var command = new NpgsqlCommand(
                $"BEGIN; {statements}; SELECT pg_current_xact_id()::xid, pg_current_wal_insert_lsn() - '0/0'::pg_lsn", user);
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            (xid, lsn) = (reader.GetFieldValue<uint>(0), (ulong)reader.GetDecimal(1));
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await using var rollback = new NpgsqlCommand("ROLLBACK", user);
            await rollback.ExecuteNonQueryAsync();
            return null;
        }

        await using var commit = new NpgsqlCommand("COMMIT", user);
        await commit.ExecuteNonQueryAsync();
        await using var committed = new NpgsqlCommand($"SELECT pg_xact_commit_timestamp('{xid}')", user);
        var time = (DateTime)(await committed.ExecuteScalarAsync())!;
        return new UserCommit(xid, new Lsn(lsn), (time.ToUniversalTime() - DateTime.UnixEpoch).Ticks / 10);
    }
}
