using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Is the conflict history true? Each row must name two transactions that stand in the spine, and neither's vector may cover
/// the other. Where a row of the table left several candidates (equal commit times) it must hold of every one.
/// </summary>
public static class ConflictCheck
{
    const string Query =
        """
        SELECT id, conflict_type, remote_writer, remote_epoch, remote_commit_lsn, remote_tick, remote_xid,
          local_writer, local_epoch, local_commit_lsn, local_tick, local_xid, (extract(epoch FROM local_commit_ts) * 1000000)::bigint
        FROM kafkabridge.conflict ORDER BY id
        """;

    /// <returns>How many rows each node's history has, by kind, and how many of them left more than one candidate.</returns>
    /// <exception cref="InvalidOperationException">A row is not true; the message says which and why.</exception>
    public static async Task<string> VerifyAsync(BridgeCluster cluster)
    {
        var spine = SpineContent.Read(cluster);
        var (kinds, rows, ambiguous) = (new SortedDictionary<string, int>(StringComparer.Ordinal), 0, 0);
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            var number = await cluster.Servers[node].ScalarAsync<int>(BridgeCluster.Database, "SELECT number FROM kafkabridge.node");
            await using var connection = await cluster.Servers[node].ConnectAsync(BridgeCluster.Database);
            await using var command = new NpgsqlCommand(Query, connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var row = Row.Read(reader);
                try
                {
                    ambiguous += Verify(spine, row, number) > 1 ? 1 : 0;
                }
                catch (InvalidOperationException failure)
                {
                    throw new InvalidOperationException(
                        $"conflict {row.Id} ({row.Kind}) of {BridgeCluster.NodeName(node)}: {failure.Message}. {row}", failure);
                }

                rows++;
                kinds[row.Kind] = kinds.GetValueOrDefault(row.Kind) + 1;
            }
        }

        var counts = string.Join(", ", kinds.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} {kind.Value}")));
        return string.Create(CultureInfo.InvariantCulture, $"{rows} rows of history true ({ambiguous} by several candidates): {counts}");
    }

    static int Verify(SpineContent spine, Row row, int node)
    {
        var remote = spine.At(row.RemoteWriter, row.Remote)
            ?? throw new InvalidOperationException("the spine has no such remote transaction");
        Require(
            remote.VersionTick == row.RemoteTick && remote.Xid == row.RemoteXid,
            $"the spine has tick {remote.VersionTick}, xid {remote.Xid}");
        Require(row.RemoteWriter != row.LocalWriter, "both are of one writer");
        var candidates = Locals(spine, row, node);
        Require(candidates.Count > 0, "the spine has no such local transaction");
        foreach (var (position, local) in candidates)
        {
            Require(local.VersionTick >= row.LocalTick, $"the local transaction at {position} has tick {local.VersionTick}");
            Require(!Covers(remote.Vector, row.LocalWriter, position), $"the remote transaction knew the local one at {position}");
            Require(!Covers(local.Vector, row.RemoteWriter, row.Remote), $"the local transaction at {position} knew the remote one");
        }

        return candidates.Count;
    }

    static List<(TransactionPosition Position, SpineTransaction Transaction)> Locals(SpineContent spine, Row row, int node)
    {
        if (row.Local is { } exact)
        {
            return spine.At(row.LocalWriter, exact) is { } found ? [(exact, found)] : [];
        }

        var candidates = spine.Committed(row.LocalWriter, row.LocalTime!.Value).ToList();
        var own = candidates.FindAll(candidate => row.LocalWriter == node && candidate.Transaction.Xid == row.LocalXid);
        return own.Count > 0 ? own : candidates;
    }

    static bool Covers(IReadOnlyList<Knowledge> vector, int writer, TransactionPosition position) =>
        vector.Any(knowledge => knowledge.Node == writer && knowledge.Position >= position);

    static void Require(bool condition, string sentence)
    {
        if (!condition)
        {
            throw new InvalidOperationException(sentence);
        }
    }

    sealed record Row(
        long Id, string Kind, int RemoteWriter, TransactionPosition Remote, long RemoteTick, uint RemoteXid,
        int LocalWriter, TransactionPosition? Local, long LocalTick, uint? LocalXid, long? LocalTime)
    {
        public static Row Read(NpgsqlDataReader reader) => new(
            reader.GetInt64(0),
            reader.GetString(1),
            reader.GetInt32(2),
            new TransactionPosition(reader.GetInt32(3), Position(reader, 4)),
            reader.GetInt64(5),
            reader.GetFieldValue<uint>(6),
            reader.GetInt32(7),
            reader.IsDBNull(8) ? null : new TransactionPosition(reader.GetInt32(8), Position(reader, 9)),
            reader.GetInt64(10),
            reader.IsDBNull(11) ? null : reader.GetFieldValue<uint>(11),
            reader.IsDBNull(12) ? null : reader.GetInt64(12));

        static Lsn Position(NpgsqlDataReader reader, int column) => new((ulong)reader.GetFieldValue<NpgsqlLogSequenceNumber>(column));
    }
}
