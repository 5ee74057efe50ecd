using KafkaBridge.Apply;
using Npgsql;

namespace KafkaBridge.Monitoring;

/// <summary>Who keeps the applier from going on, by a lock on a row or a table.</summary>
/// <param name="Pid">Of the server's process; 0: a prepared transaction.</param>
/// <param name="Sentence">With what ends it.</param>
internal sealed record LockHolder(int Pid, string Sentence)
{
    /// <summary>Longer names are cut by the server.</summary>
    const int NameLength = 63;

    public static async Task<LockHolder?> FindAsync(NpgsqlConnection connection, string cluster, string node, CancellationToken ct)
    {
        const string Sql = """
            SELECT p.pid, pg_catalog.concat_ws(', ', nullif(b.application_name, ''), 'role ' || b.usename,
                'from ' || pg_catalog.host(b.client_addr), 'in a transaction since ' || b.xact_start)
            FROM pg_catalog.pg_stat_activity AS a
            CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS p (pid)
            LEFT JOIN pg_catalog.pg_stat_activity AS b ON b.pid = p.pid
            WHERE a.application_name = $1 AND a.datname = pg_catalog.current_database() AND a.wait_event_type = 'Lock'
            LIMIT 1
            """;
        var name = ApplyWorker.SessionName(cluster, node);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name[..Math.Min(name.Length, NameLength)] });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Describe(row.GetInt32(0), row.GetString(1)) : null;
    }

    static LockHolder Describe(int pid, string who) => new(
        pid,
        pid == 0
            ? "applying waits for a lock of a prepared transaction (pg_prepared_xacts): COMMIT PREPARED or ROLLBACK PREPARED ends it"
            : $"applying waits for a lock of process {pid} ({who}): end that transaction, or SELECT pg_terminate_backend({pid});");
}
