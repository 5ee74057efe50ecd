using System.Data;
using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.ForeignKeys;

/// <summary>
/// Looks for rows that refer to what is gone, once nobody can write one any more who does not know that it is, and notes
/// them. Where a rule says more than that, <see cref="OrphanRepair"/> deals with them, once every node has looked: what one mends the
/// others would not find. A loop and a connection of its own: applying never waits for it.
/// </summary>
sealed class OrphanWatch(ApplyOptions options, ForeignKeyRules keys, ClusterProgress progress, SelfProgress self, ILogger log)
{
    /// <summary>What took a value away comes after what had written it before: it tells that nothing is to be looked for there.</summary>
    const string NextSql = $"""
        SELECT d.id, d.relid, d.op FROM kafkabridge.parent_delete AS d
        JOIN ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3::pg_lsn[])) AS b (writer, epoch, commit_lsn)
          ON b.writer = d.writer AND ROW(d.epoch, d.commit_lsn) <= ROW(b.epoch, b.commit_lsn)
        WHERE NOT d.looked AND d.id <> ALL ($5) AND (d.op = '{ParentDeleteSql.Written}' OR NOT EXISTS (
          SELECT FROM kafkabridge.parent_delete AS w
          WHERE w.relid = d.relid AND w.op = '{ParentDeleteSql.Written}' AND NOT w.looked AND w.writer = ANY ($1)
            AND ROW(w.tick, w.writer, w.epoch, w.commit_lsn, w.ordinal) < ROW(d.tick, d.writer, d.epoch, d.commit_lsn, d.ordinal)))
        ORDER BY d.writer, d.epoch, d.commit_lsn, d.ordinal LIMIT $4
        """;

    const string AppliedSql = "SELECT writer, epoch, commit_lsn FROM kafkabridge.position WHERE writer = ANY ($1)";

    const string OwnSql = "SELECT pg_catalog.pg_current_wal_insert_lsn()";

    const string KeepSql = "UPDATE kafkabridge.parent_delete SET looked = true WHERE id = ANY ($1)";

    /// <summary>One whose row nothing refers to stays with those of its transaction that something does: they may refer to it.</summary>
    const string ForgetSql = """
        DELETE FROM kafkabridge.parent_delete AS d WHERE d.id = ANY ($1) AND NOT EXISTS (
          SELECT FROM kafkabridge.parent_delete AS k WHERE k.id = ANY ($2)
            AND (k.writer, k.epoch, k.commit_lsn) = (d.writer, d.epoch, d.commit_lsn))
        """;

    const string LookedSql = """
        SELECT p.writer, p.epoch, p.commit_lsn, n.epoch, n.commit_lsn FROM kafkabridge.position AS p
        LEFT JOIN LATERAL (
          SELECT d.epoch, d.commit_lsn FROM kafkabridge.parent_delete AS d
          WHERE d.writer = p.writer AND NOT d.looked ORDER BY d.epoch, d.commit_lsn LIMIT 1) AS n ON true
        """;

    /// <summary>What was written and is not there, with what may have taken it when that was seen.</summary>
    readonly Dictionary<long, Seen> lost = [];

    Dictionary<int, TransactionPosition> looked = [];

    public IReadOnlyDictionary<int, TransactionPosition> Looked => Volatile.Read(ref looked);

    /// <summary>Runs until cancelled; what fails is told once and tried again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        string? told = null;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await WatchAsync(() => told = null, ct);
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                if (told != failure.Message)
                {
                    told = failure.Message;
                    log.LogWarning(
                        "On {Node} rows whose foreign keys refer to nothing are not looked for; it is tried again: {Reason}",
                        options.Node, failure.Message);
                }

                await Task.Delay(Limits.RetryMost, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    async Task WatchAsync(Action worked, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(SessionSettings.ForReplication(options.ConnectionString));
        await connection.OpenAsync(ct);
        await connection.ExecuteAsync("SET synchronous_commit = local", ct); // what is told to others is not taken back by a crash
        var adopted = (DateTime)(await connection.ScalarAsync(
            "SELECT adopted_at FROM kafkabridge.node WHERE name = $1", ct, (options.Node, NpgsqlDbType.Text)))!;
        var repair = new OrphanRepair(options, keys, adopted, log);
        using var timer = new PeriodicTimer(Limits.OrphansEvery);
        do
        {
            while (await LookAsync(connection, adopted, ct) == Limits.ParentDeletes)
            {
            }

            if (keys.Act)
            {
                Volatile.Write(ref looked, await ReadLookedAsync(connection, ct));
                await repair.RunAsync(connection, [.. options.Nodes().Select(node => node.Number)], ct);
            }

            worked();
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    /// <returns>How many notes were looked at.</returns>
    async Task<int> LookAsync(NpgsqlConnection connection, DateTime adopted, CancellationToken ct)
    {
        int[] nodes = [.. options.Nodes().Select(node => node.Number)];
        var bounds = nodes.Select(node => Looking.UpTo(node, nodes, progress.Applied)).ToArray();
        var known = nodes.Zip(bounds).ToDictionary();
        bool Waits(Seen seen) =>
            self.Flushed < seen.Own || seen.Applied.Any(one => known.TryGetValue(one.Key, out var upTo) && upTo < one.Value);
        long[] waiting = [.. lost.Where(one => Waits(one.Value)).Select(one => one.Key)];
        var next = new List<(long Id, uint Relation, string Op)>();
        await using (var command = connection.Command(
            NextSql, (nodes, NpgsqlDbType.Array | NpgsqlDbType.Integer),
            (Array.ConvertAll(bounds, bound => bound.Epoch), NpgsqlDbType.Array | NpgsqlDbType.Integer),
            (Array.ConvertAll(bounds, bound => bound.CommitLsn.ToString()), NpgsqlDbType.Array | NpgsqlDbType.Text),
            (Limits.ParentDeletes, NpgsqlDbType.Integer), (waiting, NpgsqlDbType.Array | NpgsqlDbType.Bigint)))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                next.Add((reader.GetInt64(0), reader.GetFieldValue<uint>(1), reader.GetString(2)));
            }
        }

        if (next.Count == 0)
        {
            return 0;
        }

        var count = next.Count;
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        long[] written = [.. next.Where(one => one.Op == ParentDeleteSql.Written).Select(one => one.Id).Where(id => !lost.ContainsKey(id))];
        await PutOffAsync(connection, written, nodes, ct);
        next.RemoveAll(one => lost.TryGetValue(one.Id, out var seen) && Waits(seen));
        long[] ids = [.. next.Select(one => one.Id)];
        var kept = new HashSet<long>();
        var looks = from one in next.Select(one => (one.Relation, Truncated: one.Op == ParentDeleteSql.Truncated)).Distinct()
                    from key in keys.All
                    where key.Sql.Key.Referenced == one.Relation
                    select (key, one.Truncated);
        foreach (var (key, truncated) in looks)
        {
            var noted = 0;
            foreach (var rows in key.Sql.Referring)
            {
                noted += await connection.ExecuteAsync(
                    key.Sql.Note(key.Rule, rows, truncated), ct, Orphan.Parameters(ids, options.NodeNumber, adopted));
            }

            if (noted > 0 && key.Acts)
            {
                kept.UnionWith(
                    (await Orphan.FindAsync(connection, key, truncated, ids, options.NodeNumber, adopted, ct)).Select(one => one.Note));
            }
        }

        long[] keep = [.. kept];
        await connection.ExecuteAsync(
            ForgetSql, ct, (ids, NpgsqlDbType.Array | NpgsqlDbType.Bigint), (keep, NpgsqlDbType.Array | NpgsqlDbType.Bigint));
        await connection.ExecuteAsync(KeepSql, ct, (ids, NpgsqlDbType.Array | NpgsqlDbType.Bigint));
        if (next.Exists(one => one.Op == ParentDeleteSql.Truncated))
        {
            await connection.ExecuteAsync(OrphanRepair.ForgetTakenSql, ct);
        }

        await transaction.CommitAsync(ct);
        Array.ForEach(ids, id => lost.Remove(id));
        return count;
    }

    /// <summary>
    /// All know what was written, so if another write was to win it is here; but not all know that one, and who does not sees the
    /// value and may write what refers to it. Or this node's own users took it, which is noted when the node has read that in its log.
    /// </summary>
    async Task PutOffAsync(NpgsqlConnection connection, long[] written, int[] nodes, CancellationToken ct)
    {
        if (written.Length == 0)
        {
            return;
        }

        var ids = new HashSet<long>();
        foreach (var key in keys.All.Where(key => key.Sql.IsByValue))
        {
            await using var command = connection.Command(key.Sql.Lost, (written, NpgsqlDbType.Array | NpgsqlDbType.Bigint));
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                ids.Add(reader.GetInt64(0));
            }
        }

        var applied = new Dictionary<int, TransactionPosition>();
        await using (var command = connection.Command(AppliedSql, (nodes, NpgsqlDbType.Array | NpgsqlDbType.Integer)))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                applied.Add(reader.GetInt32(0), Position(reader, 1));
            }
        }

        var own = new Lsn((ulong)(NpgsqlLogSequenceNumber)(await connection.ScalarAsync(OwnSql, ct))!).WithoutPageHeader();
        foreach (var id in ids)
        {
            lost.Add(id, new Seen(applied, own));
        }
    }

    static async Task<Dictionary<int, TransactionPosition>> ReadLookedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var looked = new Dictionary<int, TransactionPosition>();
        await using var command = connection.Command(LookedSql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            TransactionPosition? next = await reader.IsDBNullAsync(3, ct) ? null : Position(reader, 3);
            looked.Add(reader.GetInt32(0), Looking.Done(Position(reader, 1), next));
        }

        return looked;
    }

    /// <param name="Applied">All that was applied.</param>
    /// <param name="Own">All that this node's users had committed ends here.</param>
    sealed record Seen(Dictionary<int, TransactionPosition> Applied, Lsn Own);

    static TransactionPosition Position(NpgsqlDataReader reader, int first) =>
        new(reader.GetInt32(first), new Lsn((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(first + 1)));
}
