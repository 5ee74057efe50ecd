using Npgsql;

namespace KafkaBridge.Monitoring;

/// <summary>Conflicts of one kind since the process started.</summary>
internal readonly record struct ConflictGroup(int Writer, string Schema, string Table, string Type, string Resolution);

/// <summary>
/// Counts the rows of kafkabridge.conflict, each once, without reading them all again. One session notes what one writer met,
/// so a writer's rows are committed in the order of their ids; between writers they are not.
/// </summary>
/// <param name="from">The last conflict before the process started.</param>
internal sealed class ConflictCounts(long from)
{
    readonly Dictionary<ConflictGroup, long> counts = [];
    readonly Dictionary<int, long> seen = []; // the last row of each writer
    long floor = from; // nothing at or below it is still to be committed
    (long Id, long NextXid) ahead = (from, 0); // what the floor will be, when no transaction below is left

    /// <returns>All that were counted until now.</returns>
    public async Task<IReadOnlyDictionary<ConflictGroup, long>> CountAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string Sql = """
            SELECT pg_catalog.pg_snapshot_xmin(s)::text::bigint, pg_catalog.pg_snapshot_xmax(s)::text::bigint,
                   c.remote_writer, c.schemaname, c.relname, c.conflict_type, c.resolution, c.n, c.last
            FROM (SELECT pg_catalog.pg_current_snapshot() AS s) AS now
            LEFT JOIN LATERAL (
              SELECT c.remote_writer, c.schemaname, c.relname, c.conflict_type, c.resolution, count(*) AS n, max(c.id) AS last
              FROM kafkabridge.conflict AS c
              LEFT JOIN ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS seen (writer, id) ON seen.writer = c.remote_writer
              WHERE c.id > $1 AND c.id > COALESCE(seen.id, 0)
              GROUP BY 1, 2, 3, 4, 5) AS c ON true
            """;
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = floor });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. seen.Keys] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. seen.Values] });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var (oldest, next) = (0L, 0L);
        while (await rows.ReadAsync(ct))
        {
            (oldest, next) = (rows.GetInt64(0), rows.GetInt64(1));
            if (!await rows.IsDBNullAsync(2, ct))
            {
                var group = new ConflictGroup(
                    rows.GetInt32(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.GetString(6));
                counts[group] = counts.GetValueOrDefault(group) + rows.GetInt64(7);
                seen[group.Writer] = Math.Max(seen.GetValueOrDefault(group.Writer), rows.GetInt64(8));
            }
        }

        if (oldest >= ahead.NextXid)
        {
            floor = ahead.Id;
            ahead = (Math.Max(floor, seen.Values.DefaultIfEmpty(floor).Max()), next);
        }

        return new Dictionary<ConflictGroup, long>(counts);
    }
}
