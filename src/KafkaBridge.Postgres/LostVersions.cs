using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>
/// While a node's own transactions note the versions of rows whose commit times its server has lost: kafkabridge.node.lost_before.
/// </summary>
public static class LostVersions
{
    /// <summary>Own transactions before this have yet to note theirs; null: none have, or the schema is of an earlier version.</summary>
    public static async Task<Lsn?> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT pg_catalog.to_jsonb(n) ->> 'lost_before' FROM kafkabridge.node AS n", connection);
        return await command.ExecuteScalarAsync(ct) is string before ? Lsn.Parse(before) : null;
    }

    /// <summary>What that means for the changes of others.</summary>
    public static string Waits(Lsn before) =>
        $"own versions are being noted after a loss of commit times, of transactions before {before}; changes of other nodes are applied "
        + "when that is done";
}
