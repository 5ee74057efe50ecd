using KafkaBridge.Changes;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Whether the server still has the commit times that rows' versions are read off, by the round's first session. What is noted of a
/// loss, and what it means, is in <c>schemas/sql/030_commit_times.sql</c>.
/// </summary>
sealed class CommitTimes(NpgsqlConnection connection)
{
    readonly CommitMark mark = new();

    /// <summary>Own transactions that commit before this are to note their versions; null: none are.</summary>
    public Lsn? Before { get; private set; }

    /// <summary>Changes may have met rows of unknown version, and no person has decided yet.</summary>
    public bool AwaitsDecisions { get; private set; }

    /// <summary>Notes a loss that nobody has noticed, and reads what is noted.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        const string Notice = """
            UPDATE kafkabridge.node AS n SET lost_xid = pg_catalog.pg_current_xact_id()::xid,
              lost_before = pg_catalog.pg_current_wal_insert_lsn(), lost_until = NULL,
              lost_applied = COALESCE((SELECT p.xmin FROM kafkabridge.position AS p ORDER BY pg_catalog.age(p.xmin) LIMIT 1), n.mark),
              lost_tick = GREATEST(n.lost_tick, n.lost_until, (SELECT pg_catalog.max(p.tick) FROM kafkabridge.position AS p), 0)
            WHERE kafkabridge.is_loss_unnoticed(n)
            """;
        await using (var notice = new NpgsqlCommand(Notice, connection))
        {
            await notice.ExecuteNonQueryAsync(ct);
        }

        await using var command = new NpgsqlCommand(
            """
            SELECT n.lost_before, n.lost_xid IS NOT NULL
              OR EXISTS (SELECT FROM kafkabridge.conflict AS c WHERE c.resolver = 'error' AND c.reviewed_by IS NULL)
            FROM kafkabridge.node AS n
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        Before = reader.IsDBNull(0) ? null : new Lsn((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(0));
        AwaitsDecisions = reader.GetBoolean(1);
    }

    /// <summary>Own transactions have noted their versions: others may be applied again.</summary>
    /// <param name="own">The last one's tick.</param>
    public async Task NotedAsync(long own, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE kafkabridge.node SET lost_before = NULL,
              lost_until = GREATEST(lost_tick, $1, (SELECT pg_catalog.max(p.tick) FROM kafkabridge.position AS p))
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = own });
        await command.ExecuteNonQueryAsync(ct);
        Before = null;
    }

    /// <summary>Moves the mark, while no origin's session applies anything; behind it nothing is unknown.</summary>
    /// <exception cref="CommitTimesLostException">Commit times were lost since the round began.</exception>
    public async Task MoveMarkAsync(Lsn self, long applied, long settled, CancellationToken ct)
    {
        const string Look = """
            SELECT n.xmin, pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::xid, pg_catalog.pg_current_wal_insert_lsn(),
              kafkabridge.is_loss_unnoticed(n)
            FROM kafkabridge.node AS n
            """;
        uint? reached;
        await using (var command = new NpgsqlCommand(Look, connection))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            await reader.ReadAsync(ct);
            if (reader.GetBoolean(3))
            {
                throw new CommitTimesLostException(
                    "the server has lost commit times of rows that may still be decided on; what is lost is noted");
            }

            reached = mark.Look(
                reader.GetFieldValue<uint>(0), reader.GetFieldValue<uint>(1),
                new Lsn((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(2)), self, applied, settled);
        }

        if (reached is not { } xid)
        {
            return;
        }

        await using var move = new NpgsqlCommand(
            """
            UPDATE kafkabridge.node AS n
            SET mark = $1, lost_xid = NULL, lost_applied = NULL, lost_before = NULL, lost_tick = NULL, lost_until = NULL
            WHERE pg_catalog.pg_xact_commit_timestamp($1) IS NOT NULL RETURNING n.xmin
            """, connection);
        move.Parameters.Add(new NpgsqlParameter { Value = xid, NpgsqlDbType = NpgsqlDbType.Xid });
        if (await move.ExecuteScalarAsync(ct) is uint by)
        {
            mark.NotedBy(by);
        }
    }

    /// <exception cref="InvalidOperationException">The server keeps no commit times.</exception>
    public static void RequireKept(bool areKept, NpgsqlConnection connection)
    {
        if (!areKept)
        {
            throw new InvalidOperationException(
                $"track_commit_timestamp is off at {connection.Host}, database {connection.Database}: rows have no versions, and nothing "
                + "is applied. ALTER SYSTEM SET track_commit_timestamp = on; then restart the server");
        }
    }
}
