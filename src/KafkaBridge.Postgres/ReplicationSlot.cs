using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Postgres;

/// <summary>The logical slot of a node. It is made once, on a person's word: a slot made again silently is a gap in the log.</summary>
public static class ReplicationSlot
{
    public const string Plugin = "pgoutput";

    /// <summary>Between two looks whether a slot's reader has left it, and how many.</summary>
    static readonly TimeSpan LeavingLook = TimeSpan.FromMilliseconds(5);
    const int LeavingLooks = 2000;

    /// <summary>kafkabridge_cluster_node, with - as _.</summary>
    public static string NameFor(string cluster, string node) =>
        $"kafkabridge_{cluster}_{node}".Replace('-', '_');

    /// <summary>
    /// Makes the slot; its consistent point is where the log of the node begins. Waits for transactions that are open
    /// now.
    /// </summary>
    /// <returns>The consistent point.</returns>
    public static async Task<Lsn> CreateAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var version = await PostgresVersion.ReadAsync(connection, ct);
        var sql = version.HasFailoverSlots
            ? "SELECT lsn::text FROM pg_catalog.pg_create_logical_replication_slot($1, $2, failover => true)"
            : "SELECT lsn::text FROM pg_catalog.pg_create_logical_replication_slot($1, $2)";
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Plugin });
        return Lsn.Parse((string)(await command.ExecuteScalarAsync(ct))!);
    }

    /// <returns>Null where the server has no such slot.</returns>
    public static async Task<SlotState?> InspectAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        const string Sql = """
            SELECT plugin, database, active_pid, confirmed_flush_lsn::text, restart_lsn::text, coalesce(wal_status, 'lost'),
                coalesce(pg_catalog.pg_wal_lsn_diff(
                    CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                        ELSE pg_catalog.pg_current_wal_insert_lsn() END, restart_lsn), 0)::bigint,
                safe_wal_size
            FROM pg_catalog.pg_replication_slots WHERE slot_name = $1
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
        {
            return null;
        }

        return new SlotState(
            name,
            row.IsDBNull(0) ? "" : row.GetString(0),
            row.IsDBNull(1) ? "" : row.GetString(1),
            row.IsDBNull(2) ? null : row.GetInt32(2),
            row.IsDBNull(3) ? Lsn.Invalid : Lsn.Parse(row.GetString(3)),
            row.IsDBNull(4) ? Lsn.Invalid : Lsn.Parse(row.GetString(4)),
            row.GetString(5),
            row.GetInt64(6))
        {
            SafeWalBytes = row.IsDBNull(7) ? null : row.GetInt64(7),
        };
    }

    /// <summary>Waits until the server has seen that the slot's reader is gone.</summary>
    /// <exception cref="SlotInUseException">Another process took the slot meanwhile.</exception>
    /// <exception cref="TimeoutException">It holds the slot still.</exception>
    public static async Task WaitUntilLeftAsync(NpgsqlConnection connection, string name, int reader, CancellationToken ct)
    {
        for (var look = 0; look < LeavingLooks; look++)
        {
            if ((await InspectAsync(connection, name, ct))?.ActivePid is not { } pid)
            {
                return;
            }

            if (pid != reader)
            {
                throw new SlotInUseException(name, pid, null);
            }

            await Task.Delay(LeavingLook, ct);
        }

        throw new TimeoutException(
            $"The server's process {reader} holds the slot {name}, though its connection was closed {LeavingLook * LeavingLooks} ago.");
    }

    /// <summary>Drops the slot if it is there: the server then forgets the WAL that only this slot kept.</summary>
    public static async Task DropAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        const string Sql = """
            SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await command.ExecuteNonQueryAsync(ct);
    }
}
