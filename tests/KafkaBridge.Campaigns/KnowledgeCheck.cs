using System.Globalization;
using System.Text.RegularExpressions;
using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>
/// Is it true what each transaction is said to have known? Another slot of each node sees every position row committed, in commit
/// order and whatever its origin: a vector must not say less, and what it says beyond must have been committed later.
/// </summary>
public sealed partial class KnowledgeCheck
{
    const string Slot = "knowledge_check";

    readonly BridgeCluster cluster;

    KnowledgeCheck(BridgeCluster cluster) => this.cluster = cluster;

    /// <summary>To be begun before anything is applied.</summary>
    public static async Task<KnowledgeCheck> BeginAsync(BridgeCluster cluster)
    {
        foreach (var server in cluster.Servers)
        {
            await server.ExecuteAsync(
                BridgeCluster.Database, $"SELECT pg_create_logical_replication_slot('{Slot}', 'test_decoding')");
        }

        return new KnowledgeCheck(cluster);
    }

    /// <returns>How many transactions were looked at, and how many knew more than had committed before them.</returns>
    /// <exception cref="InvalidOperationException">One knew less, or what was never committed.</exception>
    public async Task<string> VerifyAsync()
    {
        var spine = SpineContent.Read(cluster);
        var (all, further) = (0, 0);
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            var (transactions, beyond) = await VerifyAsync(spine, node);
            (all, further) = (all + transactions, further + beyond);
        }

        return all > 0
            ? string.Create(CultureInfo.InvariantCulture, $"knowledge true of {all} transactions ({further} knew more)")
            : throw new InvalidOperationException("no transaction of the spine was found in the log");
    }

    async Task<(int Transactions, int Beyond)> VerifyAsync(SpineContent spine, int node)
    {
        var name = BridgeCluster.NodeName(node);
        var number = await cluster.Servers[node].ScalarAsync<int>(BridgeCluster.Database, "SELECT number FROM kafkabridge.node");
        var published = spine.Of(number).GroupBy(transaction => transaction.Xid).ToDictionary(group => group.Key, group => group.First());
        await using var connection = await cluster.Servers[node].ConnectAsync(BridgeCluster.Database);
        await using var command = new NpgsqlCommand(
            $"SELECT data FROM pg_logical_slot_get_changes('{Slot}', NULL, NULL, 'skip-empty-xacts', '1') "
            + "WHERE data LIKE 'COMMIT%' OR data LIKE 'table kafkabridge.\"position\": UPDATE%'", connection) { CommandTimeout = 300 };
        var known = new Dictionary<int, TransactionPosition>();
        var open = new List<Knowledge>();
        var later = new HashSet<(int Writer, TransactionPosition Position)>(); // said to be known before it was committed
        var (transactions, beyond) = (0, 0);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var line = reader.GetString(0);
            if (!line.StartsWith("COMMIT ", StringComparison.Ordinal))
            {
                open.Add(Row(line));
                continue;
            }

            foreach (var applied in open)
            {
                known[applied.Node] = applied.Position;
                later.Remove((applied.Node, applied.Position));
            }

            open.Clear();
            if (!published.TryGetValue(uint.Parse(line["COMMIT ".Length..], CultureInfo.InvariantCulture), out var transaction))
            {
                continue;
            }

            transactions++;
            var said = transaction.Vector.ToDictionary(one => one.Node, one => one.Position);
            foreach (var (writer, position) in known.Where(one => one.Key != number))
            {
                if (said.GetValueOrDefault(writer) < position)
                {
                    throw new InvalidOperationException(
                        $"{name}: transaction {transaction.Xid} at {transaction.CommitLsn} is said to have known node {writer} up to "
                        + $"{said.GetValueOrDefault(writer)}, and {position} had committed before it");
                }
            }

            var more = said.Where(one => one.Value > known.GetValueOrDefault(one.Key)).ToList();
            beyond += more.Count > 0 ? 1 : 0;
            more.ForEach(one => later.Add((one.Key, one.Value)));
        }

        return later.Count == 0
            ? (transactions, beyond)
            : throw new InvalidOperationException($"{name}: said to be known and never committed: {string.Join(", ", later)}");
    }

    static Knowledge Row(string line) => new(
        int.Parse(Value(line, "writer"), CultureInfo.InvariantCulture),
        new TransactionPosition(
            int.Parse(Value(line, "epoch"), CultureInfo.InvariantCulture), Lsn.Parse(Value(line, "commit_lsn"))),
        0);

    static string Value(string line, string column) =>
        Columns().Matches(line).First(match => match.Groups["name"].Value == column).Groups["value"].Value;

    [GeneratedRegex("""(?<name>\w+)\[\w+\]:'?(?<value>[0-9A-F/-]+)""")]
    private static partial Regex Columns();
}
