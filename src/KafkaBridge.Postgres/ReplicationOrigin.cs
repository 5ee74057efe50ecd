using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// A replication origin of ours: it marks applied rows with the node that wrote them and keeps them from being captured
/// again. It is never asked for progress: servers from 16 on advance it for transactions that were rolled back.
/// </summary>
public sealed record ReplicationOrigin(string Name, int Writer)
{
    /// <summary>Names the session's origin, for what takes it off and on again within a transaction.</summary>
    public const string Setting = "kafkabridge.origin";

    /// <summary>Every origin of a bridge begins so.</summary>
    public const string Prefix = "kafkabridge_";

    /// <summary>One origin that is not a bridge's, if there is any: of a subscription, or of another program.</summary>
    public const string OtherSql =
        @"(SELECT pg_catalog.min(o.roname) FROM pg_catalog.pg_replication_origin AS o WHERE o.roname NOT LIKE 'kafkabridge\_%')";

    public static ReplicationOrigin Of(string cluster, int writer, int applier, int worker) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{cluster.Replace('-', '_')}_{writer}_{applier}_{worker}"), writer);

    /// <summary>
    /// Creates the origin where it is missing and notes its id for reading rows' writers. Ids are reused by the
    /// server, so a stale note is replaced.
    /// </summary>
    public async Task EnsureAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH o AS MATERIALIZED (
              SELECT COALESCE(pg_catalog.pg_replication_origin_oid($1), pg_catalog.pg_replication_origin_create($1)) AS roident),
            stale AS (DELETE FROM kafkabridge.origin AS g USING o WHERE g.name = $1 AND g.roident <> o.roident)
            INSERT INTO kafkabridge.origin (roident, writer, name) SELECT o.roident, $2, $1 FROM o
            ON CONFLICT (roident) DO UPDATE SET writer = EXCLUDED.writer, name = EXCLUDED.name
            """, connection);
        command.Parameters.Add(new() { Value = Name, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = Writer, NpgsqlDbType = NpgsqlDbType.Integer });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Makes it the session's origin, and lets it leave marks; the session must have none.</summary>
    public async Task SetupAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT pg_catalog.pg_replication_origin_session_setup($1), pg_catalog.set_config('{Setting}', $1, false),
              pg_catalog.set_config('{AppliedMark.KeySetting}', (SELECT n.mark_key::text FROM kafkabridge.node AS n), false)
            """, connection);
        command.Parameters.Add(new() { Value = Name, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task ResetAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.pg_replication_origin_session_reset()", connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
