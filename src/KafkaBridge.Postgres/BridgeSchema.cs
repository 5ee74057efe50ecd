using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>Who a database is, as kafkabridge.node says.</summary>
public sealed record BridgeIdentity(string Cluster, string Node, int Number, string SystemIdentifier, int Epoch);

/// <summary>The schema kafkabridge in a node's database: installed from the embedded schemas/sql, again and again without harm.</summary>
public static class BridgeSchema
{
    /// <summary>Creates what is missing and writes kafkabridge.node. The first installation decides adopted_at.</summary>
    /// <exception cref="InvalidOperationException">The database belongs to another cluster or node.</exception>
    public static async Task InstallAsync(NpgsqlConnection admin, BridgeIdentity identity, CancellationToken ct)
    {
        await using var transaction = await admin.BeginTransactionAsync(ct);
        await using (var settings = new NpgsqlCommand(
            "SELECT pg_catalog.set_config('client_min_messages', 'warning', true), "
            + "pg_catalog.set_config('search_path', 'pg_catalog', true)", admin))
        {
            await settings.ExecuteNonQueryAsync(ct);
        }

        foreach (var script in Scripts())
        {
            await using var command = new NpgsqlCommand(script, admin);
            await command.ExecuteNonQueryAsync(ct);
        }

        await CheckAsync(admin, identity, ct);
        await using (var command = new NpgsqlCommand(
            """
            INSERT INTO kafkabridge.node AS n (cluster, name, number, system_identifier, epoch, adopted_at, timeline)
            VALUES ($1, $2, $3, $4, $5, pg_catalog.clock_timestamp(),
                ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8))::bit(32)::int)
            ON CONFLICT (name) DO UPDATE SET system_identifier = EXCLUDED.system_identifier, epoch = EXCLUDED.epoch,
                timeline = coalesce(n.timeline, EXCLUDED.timeline)
            """, admin))
        {
            command.Parameters.Add(new() { Value = identity.Cluster });
            command.Parameters.Add(new() { Value = identity.Node });
            command.Parameters.Add(new() { Value = identity.Number, NpgsqlDbType = NpgsqlDbType.Integer });
            command.Parameters.Add(new() { Value = identity.SystemIdentifier });
            command.Parameters.Add(new() { Value = identity.Epoch, NpgsqlDbType = NpgsqlDbType.Integer });
            await command.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>Null where the schema or its row is not there.</summary>
    public static async Task<BridgeIdentity?> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var exists = new NpgsqlCommand("SELECT pg_catalog.to_regclass('kafkabridge.node') IS NOT NULL", connection))
        {
            if (await exists.ExecuteScalarAsync(ct) is not true)
            {
                return null;
            }
        }

        await using var command = new NpgsqlCommand(
            "SELECT cluster, name, number, system_identifier, epoch FROM kafkabridge.node", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new BridgeIdentity(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetString(3), reader.GetInt32(4))
            : null;
    }

    static async Task CheckAsync(NpgsqlConnection admin, BridgeIdentity identity, CancellationToken ct)
    {
        var held = await ReadAsync(admin, ct);
        if (held is not null && (held.Cluster != identity.Cluster || held.Node != identity.Node || held.Number != identity.Number))
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The database '{admin.Database}' at {admin.Host}:{admin.Port} is node {held.Node} (number {held.Number}) of cluster "
                + $"{held.Cluster}, not node {identity.Node} (number {identity.Number}) of cluster {identity.Cluster}. Correct the node's "
                + $"address in the configuration; if this database is a copy that shall become another node, type: "
                + $"DROP SCHEMA kafkabridge CASCADE"));
        }
    }

    static IEnumerable<string> Scripts()
    {
        var assembly = typeof(BridgeSchema).Assembly;
        var scripts = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal));
        foreach (var name in scripts.Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var reader = new StreamReader(stream);
            yield return reader.ReadToEnd();
        }
    }
}
