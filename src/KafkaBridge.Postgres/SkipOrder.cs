using KafkaBridge.Changes;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Postgres;

/// <summary>
/// One row of kafkabridge.skip: what a person ordered this node to leave out of one writer's log, a transaction or a record
/// that is none of the writer's. It was published to the cluster's dlq before the order was written.
/// </summary>
public sealed record SkipOrder(
    string Id, int Writer, TransactionPosition? Transaction, RecordPlace? Record, string Reason, string OrderedBy)
{
    public static async Task<IReadOnlyList<SkipOrder>> ReadAsync(NpgsqlConnection connection, int writer, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT id, writer, epoch, commit_lsn::text, topic, partition, record_offset, reason, ordered_by
            FROM kafkabridge.skip WHERE writer = $1
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = writer });
        await using var rows = await command.ExecuteReaderAsync(ct);
        var orders = new List<SkipOrder>();
        while (await rows.ReadAsync(ct))
        {
            orders.Add(new SkipOrder(
                rows.GetString(0),
                rows.GetInt32(1),
                rows.IsDBNull(2) ? null : new TransactionPosition(rows.GetInt32(2), Lsn.Parse(rows.GetString(3))),
                rows.IsDBNull(4) ? null : new RecordPlace(rows.GetString(4), rows.GetInt32(5), rows.GetInt64(6)),
                rows.GetString(7),
                rows.GetString(8)));
        }

        return orders;
    }

    /// <summary>Gives the order and takes the halt away, in one transaction. Giving it again changes nothing.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = new NpgsqlCommand(
            """
            INSERT INTO kafkabridge.skip (id, writer, epoch, commit_lsn, topic, partition, record_offset, reason, ordered_by)
            VALUES ($1, $2, $3, $4::pg_lsn, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING
            """, connection))
        {
            Add(command, Id, NpgsqlDbType.Text);
            Add(command, Writer, NpgsqlDbType.Integer);
            Add(command, Transaction?.Epoch, NpgsqlDbType.Integer);
            Add(command, Transaction?.CommitLsn.ToString(), NpgsqlDbType.Text);
            Add(command, Record?.Topic, NpgsqlDbType.Text);
            Add(command, Record?.Partition, NpgsqlDbType.Integer);
            Add(command, Record?.Offset, NpgsqlDbType.Bigint);
            Add(command, Reason, NpgsqlDbType.Text);
            Add(command, OrderedBy, NpgsqlDbType.Text);
            await command.ExecuteNonQueryAsync(ct);
        }

        await Halt.RemoveAsync(connection, Id, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Notes that the node's position has passed the transaction that was left out.</summary>
    public static async Task NoteDoneAsync(NpgsqlConnection connection, int writer, TransactionPosition position, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "UPDATE kafkabridge.skip SET done_at = pg_catalog.clock_timestamp() WHERE writer = $1 AND epoch = $2 AND commit_lsn = "
                + "$3::pg_lsn", connection);
        Add(command, writer, NpgsqlDbType.Integer);
        Add(command, position.Epoch, NpgsqlDbType.Integer);
        Add(command, position.CommitLsn.ToString(), NpgsqlDbType.Text);
        await command.ExecuteNonQueryAsync(ct);
    }

    static void Add(NpgsqlCommand command, object? value, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
}
