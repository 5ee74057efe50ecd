using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.ForeignKeys;

/// <summary>
/// Deals with rows that refer to what is gone, by their tables' rules: the node that wrote one does, in an ordinary session, as a
/// user would, so that it reaches every node through the log. A row is looked at until nothing is left to do about it: to do it
/// twice is harmless, and a node that is down does its own when it is back.
/// </summary>
sealed class OrphanRepair(ApplyOptions options, ForeignKeyRules keys, DateTime adopted, ILogger log)
{
    const string DueSql = $"""
        SELECT d.writer, d.epoch, d.commit_lsn, pg_catalog.array_agg(d.id), pg_catalog.bool_or(d.op = '{ParentDeleteSql.Truncated}')
        FROM kafkabridge.parent_delete AS d
        WHERE d.looked AND d.op <> '{ParentDeleteSql.Taken}' AND (d.tried_at IS NULL OR d.tried_at < pg_catalog.clock_timestamp() - $1)
        GROUP BY 1, 2, 3 ORDER BY pg_catalog.min(d.tried_at) NULLS FIRST LIMIT 100
        """;

    const string TriedSql = "UPDATE kafkabridge.parent_delete SET tried_at = pg_catalog.clock_timestamp() WHERE id = ANY ($1)";

    /// <summary>What a TRUNCATE took is kept as long as any note of its transaction.</summary>
    public const string ForgetTakenSql = $"""
        DELETE FROM kafkabridge.parent_delete AS d WHERE d.op = '{ParentDeleteSql.Taken}' AND NOT EXISTS (
          SELECT FROM kafkabridge.parent_delete AS k
          WHERE k.op <> '{ParentDeleteSql.Taken}' AND (k.writer, k.epoch, k.commit_lsn) = (d.writer, d.epoch, d.commit_lsn))
        """;

    const string DoneSql = "DELETE FROM kafkabridge.parent_delete WHERE id = ANY ($1)";

    string? told;

    /// <summary>Goes through the notes whose turn it is, those of one transaction together.</summary>
    public async Task RunAsync(NpgsqlConnection connection, IReadOnlyCollection<int> nodes, CancellationToken ct)
    {
        foreach (var (origin, position, notes, truncates) in await DueAsync(connection, ct))
        {
            if (options.LookedByPeers(origin) < position)
            {
                continue;
            }

            var found = new List<Orphan>();
            foreach (var key in keys.All.Where(key => key.Acts))
            {
                foreach (var truncated in truncates ? (bool[])[false, true] : [false])
                {
                    found.AddRange(await Orphan.FindAsync(connection, key, truncated, notes, options.NodeNumber, adopted, ct));
                }
            }

            await connection.ExecuteAsync(
                found.Count == 0 ? DoneSql : TriedSql, ct, (notes, NpgsqlDbType.Array | NpgsqlDbType.Bigint));
            // Who truncated has nothing that he could bring back; a row of his that has to go is nobody else's.
            IReadOnlyCollection<int> able = truncates ? [.. nodes.Where(node => node != origin)] : nodes;
            List<Orphan> Mine(List<Orphan> all) => [.. all.Where(one =>
                Looking.Decider(one.Writer, one.Key.Rule == ForeignKeyRule.RestoreParent ? able : nodes) == options.NodeNumber)];
            if (truncates && found.Count == 0)
            {
                await connection.ExecuteAsync(ForgetTakenSql, ct);
                await TellLostAsync(connection, notes, Mine, ct);
            }

            var mine = Mine(found);
            if (mine.Count > 0)
            {
                await TryAsync(mine, ct);
            }
        }
    }

    /// <summary>A value besides the key that had lost to another write before the TRUNCATE came was not there to be kept.</summary>
    async Task TellLostAsync(
        NpgsqlConnection connection, long[] truncates, Func<List<Orphan>, List<Orphan>> mine, CancellationToken ct)
    {
        foreach (var key in keys.All.Where(key => key.Rule == ForeignKeyRule.RestoreParent))
        {
            var all = key with { Rule = ForeignKeyRule.DeleteChild };
            var lost = mine(await Orphan.FindAsync(connection, all, truncated: true, truncates, options.NodeNumber, adopted, ct));
            if (lost.Count > 0)
            {
                log.LogWarning(
                    "On {Node} {Count} rows of {Table} refer to what was truncated of {Referenced} and had lost to another write before: "
                    + "it is not restored",
                    options.Node, lost.Count, key.Sql.Child.Table.Name, key.Sql.Referenced.Table.Name);
            }
        }
    }

    static async Task<List<(int Origin, TransactionPosition Position, long[] Notes, bool Truncates)>> DueAsync(
        NpgsqlConnection connection, CancellationToken ct)
    {
        var due = new List<(int, TransactionPosition, long[], bool)>();
        await using var command = connection.Command(DueSql, (Limits.OrphansAgain, NpgsqlDbType.Interval));
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var lsn = new Lsn((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(2));
            due.Add((
                reader.GetInt32(0), new TransactionPosition(reader.GetInt32(1), lsn), reader.GetFieldValue<long[]>(3),
                reader.GetBoolean(4)));
        }

        return due;
    }

    /// <summary>What the server refuses (a trigger, another constraint) is told once; the rest of its transaction waits with it.</summary>
    async Task TryAsync(List<Orphan> orphans, CancellationToken ct)
    {
        string? reason;
        try
        {
            reason = await RepairAsync(orphans, ct);
        }
        catch (PostgresException refused)
        {
            reason = refused.MessageText;
        }

        if (reason is not null && reason != told)
        {
            log.LogWarning(
                "On {Node} of {Count} rows whose foreign keys refer to nothing some are not put right, and it is tried again: {Reason}",
                options.Node, orphans.Count, reason);
        }

        told = reason;
    }

    /// <returns>Why something is left that refers to nothing; null: it is not.</returns>
    async Task<string?> RepairAsync(List<Orphan> orphans, CancellationToken ct)
    {
        string? left = null;
        await using var user = new NpgsqlConnection(SessionSettings.ForPerson(options.ConnectionString));
        await user.OpenAsync(ct);
        if (await user.ScalarAsync("SELECT pg_catalog.current_setting('session_replication_role')", ct) is not "origin")
        {
            await user.ExecuteAsync("SET session_replication_role = origin", ct);
        }

        await user.ExecuteAsync("SET lock_timeout = '10s'", ct);
        await using var transaction = await user.BeginTransactionAsync(ct);
        var restored = new HashSet<long>();
        foreach (var orphan in orphans)
        {
            if (orphan.Key.Rule == ForeignKeyRule.RestoreParent)
            {
                var referenced = orphan.Key.Sql.Referenced;
                await RestoreAsync(user, referenced, orphan.Note, restored, ct);
                left = await IsLeftAsync(user, orphan, ct)
                    ? $"{referenced.Table.Name} has another row that claims what one to be restored did, its key or a unique value"
                    : left;
            }
            else if (!orphan.Rows.AreShown)
            {
                left = $"a row of {orphan.Key.Sql.Child.Table.Name} waits for a unique value that another has, and can be deleted when it "
                    + "is shown";
            }
            else if (await IsLeftAsync(user, orphan, ct))
            {
                await DeleteAsync(user, orphan.Key.Sql.Child, orphan.Place, orphan.Xmin, [], ct);
            }
        }

        await transaction.CommitAsync(ct);
        return left;
    }

    static async Task<bool> IsLeftAsync(NpgsqlConnection user, Orphan orphan, CancellationToken ct) =>
        await user.ScalarAsync(orphan.Key.Sql.Lock(orphan.Rows), ct, Row(orphan.Place, orphan.Xmin)) is not null;

    /// <summary>What the row refers to itself comes first, where the same transaction deleted it.</summary>
    async Task RestoreAsync(NpgsqlConnection user, TableSql table, long note, HashSet<long> restored, CancellationToken ct)
    {
        if (!restored.Add(note))
        {
            return;
        }

        foreach (var key in keys.All.Where(key => key.Sql.Child == table))
        {
            if (await user.ScalarAsync(key.Sql.ParentsOf, ct, (note, NpgsqlDbType.Bigint)) is long parent)
            {
                await RestoreAsync(user, key.Sql.Referenced, parent, restored, ct);
            }
        }

        await user.ExecuteAsync(OrphanSql.Restore(table), ct, (note, NpgsqlDbType.Bigint));
    }

    /// <summary>Rows that refer to it first, where their rule says so and the server does not do it.</summary>
    async Task DeleteAsync(NpgsqlConnection user, TableSql table, string place, string xmin, HashSet<string> open, CancellationToken ct)
    {
        if (!open.Add($"{table.Oid} {place}"))
        {
            return;
        }

        foreach (var key in keys.All.Where(key =>
            key.Sql.Referenced == table && key.Rule == ForeignKeyRule.DeleteChild && !key.Sql.Key.ActsOnDelete))
        {
            var rows = new List<(string Place, string Xmin)>();
            await using (var command = user.Command(key.Sql.Dependants, Row(place, xmin)))
            await using (var reader = await command.ExecuteReaderAsync(ct))
            {
                while (await reader.ReadAsync(ct))
                {
                    rows.Add((reader.GetString(0), reader.GetString(1)));
                }
            }

            foreach (var row in rows)
            {
                await DeleteAsync(user, key.Sql.Child, row.Place, row.Xmin, open, ct);
            }
        }

        await user.ExecuteAsync(OrphanSql.Delete(table), ct, Row(place, xmin));
    }

    static (object Value, NpgsqlDbType Type)[] Row(string place, string xmin) =>
        [(place, NpgsqlDbType.Text), (xmin, NpgsqlDbType.Text)];
}
