using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>Whose WAL a server writes now: positions compare within one timeline only.</summary>
/// <param name="Recorded">The timeline on which the node was set up; null: not noted.</param>
/// <param name="WalEnd">The end of its WAL; a standby has none of its own.</param>
public sealed record SourceHistory(bool IsStandby, int Timeline, int? Recorded, Lsn WalEnd)
{
    /// <summary>The server was promoted or restored since the node was set up: what was published may not be on it.</summary>
    public bool IsAnother => Recorded is { } recorded && recorded != Timeline;

    public static async Task<SourceHistory> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Sql = """
            SELECT r.standby,
                CASE WHEN NOT r.standby THEN
                    ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()),
                        8))::bit(32)::int ELSE 0 END,
                CASE WHEN NOT r.standby THEN pg_catalog.pg_current_wal_insert_lsn()::text ELSE '0/0' END,
                pg_catalog.to_regclass('kafkabridge.node') IS NOT NULL
            FROM (SELECT pg_catalog.pg_is_in_recovery() AS standby) AS r
            """;
        bool isStandby, isSetUp;
        int timeline;
        string end;
        await using (var command = new NpgsqlCommand(Sql, connection))
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            await row.ReadAsync(ct);
            (isStandby, timeline, end, isSetUp) = (row.GetBoolean(0), row.GetInt32(1), row.GetString(2), row.GetBoolean(3));
        }

        int? recorded = null;
        if (isSetUp)
        {
            await using var command = new NpgsqlCommand(
                "SELECT (pg_catalog.to_jsonb(n) ->> 'timeline')::int FROM kafkabridge.node AS n", connection);
            recorded = await command.ExecuteScalarAsync(ct) as int?;
        }

        return new SourceHistory(isStandby, timeline, recorded, Lsn.Parse(end));
    }
}
