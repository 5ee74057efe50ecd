using KafkaBridge.Changes;
using Npgsql;

namespace KafkaBridge.Monitoring;

/// <summary>One row of kafkabridge.position: how far a node has applied one writer.</summary>
internal sealed record AppliedPosition(int Writer, TransactionPosition Position, long SpineOffset)
{
    public static Task<IReadOnlyList<AppliedPosition>> ReadAsync(NodeDatabase database, CancellationToken ct) =>
        database.AtAsync<IReadOnlyList<AppliedPosition>>(async connection =>
        {
            var positions = new List<AppliedPosition>();
            await using var command = new NpgsqlCommand(
                "SELECT writer, epoch, commit_lsn::text, spine_offset FROM kafkabridge.position", connection);
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                positions.Add(
                    new AppliedPosition(
                        rows.GetInt32(0), new TransactionPosition(rows.GetInt32(1), Lsn.Parse(rows.GetString(2))), rows.GetInt64(3)));
            }

            return positions;
        });
}
