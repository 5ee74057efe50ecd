using KafkaBridge.Apply.Applying;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Apply.Folding;

/// <summary>Removes, in bounded pieces, the histories that no write still to come needs, and those of tables without such rules.</summary>
static class FoldCollection
{
    const string Read = "SELECT relid, key_hash, history FROM kafkabridge.row_history WHERE tick <= $1 ORDER BY tick LIMIT $2";

    const string Remove = """
        DELETE FROM kafkabridge.row_history AS h
        USING ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::bytea[])) AS o (relid, hash)
        WHERE h.relid = o.relid AND h.key_hash = o.hash
        """;

    /// <summary>No session applies meanwhile.</summary>
    public static async Task RunAsync(
        NpgsqlConnection connection, FoldedTables tables, IReadOnlyList<int> nodes, ClusterProgress progress, CancellationToken ct)
    {
        var (relations, hashes) = (new List<uint>(), new List<byte[]>());
        await using (var command = new NpgsqlCommand(Read, connection))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = progress.Settled, NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new NpgsqlParameter { Value = Limits.CollectedRows, NpgsqlDbType = NpgsqlDbType.Integer });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var relation = reader.GetFieldValue<uint>(0);
                if (tables.Find(relation) is not { } table || IsStable(reader.GetString(2), table, nodes, progress))
                {
                    relations.Add(relation);
                    hashes.Add(reader.GetFieldValue<byte[]>(1));
                }
            }
        }

        if (relations.Count == 0)
        {
            return;
        }

        await using var remove = new NpgsqlCommand(Remove, connection);
        remove.Parameters.Add(new NpgsqlParameter { Value = relations.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
        remove.Parameters.Add(new NpgsqlParameter { Value = hashes.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        await remove.ExecuteNonQueryAsync(ct);
    }

    static bool IsStable(string history, FoldedTable table, IReadOnlyList<int> nodes, ClusterProgress progress)
    {
        var row = FoldedRowJson.Read(history, table.Fold);
        return row.IsStable(progress.Settled, nodes, progress.Applied);
    }
}
