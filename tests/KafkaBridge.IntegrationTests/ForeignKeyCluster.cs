using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Nodes whose tables refer to each other, and the rule for rows that refer to nothing.</summary>
public sealed class ForeignKeyCluster : IAsyncDisposable
{
    public const string FromHistory = " FROM kafkabridge.conflict WHERE conflict_type = 'foreign_key_missing'";

    const string History =
        "SELECT relname, replica_identity, resolution, resolver, remote_writer, remote_commit_lsn, remote_xid, remote_tick, "
        + $"local_writer, local_tick, local_tuple, local_conflicts{FromHistory} ORDER BY 1, 2, local_conflicts::text";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly string[] tables;

    ForeignKeyCluster(BridgeCluster nodes, BridgePerNode bridges, string[] tables) =>
        (Nodes, Bridges, this.tables) = (nodes, bridges, tables);

    public BridgeCluster Nodes { get; }

    public BridgePerNode Bridges { get; }

    public static async Task<ForeignKeyCluster> StartAsync(string ddl, string rule, params int[] versions)
    {
        var kafka = await TestKafka.SharedAsync();
        var nodes = await BridgeCluster.StartAsync(kafka.BootstrapServers, ddl, versions);
        await nodes.ConfigureAsync($"conflicts: {{ foreign_keys: {rule} }}");
        await nodes.CommandAsync("apply", "--yes");
        var tables = await nodes.Servers[0].TextAsync(
            BridgeCluster.Database, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace");
        return new ForeignKeyCluster(nodes, BridgePerNode.Start(nodes), [.. tables]);
    }

    /// <summary>Runs it on the first node, and waits until every node has it.</summary>
    public async Task PrepareAsync(string sql)
    {
        await SqlAsync(0, sql);
        await Bridges.WaitCaughtUpAsync(60);
    }

    /// <summary>Writes while the bridges of some nodes stand still.</summary>
    public async Task ApartAsync(int[] nodes, params (int Node, string Sql)[] writes)
    {
        foreach (var node in nodes)
        {
            await Bridges.StopAsync(node);
        }

        foreach (var (node, sql) in writes)
        {
            await SqlAsync(node, sql);
        }

        foreach (var node in nodes)
        {
            Bridges.Start(node);
        }
    }

    /// <summary>Waits until the node's bridge has logged these words.</summary>
    public Task SaysAsync(int node, string words) => Bridges.EventuallyAsync(
        () => Task.FromResult(Bridges.Said(node).Contains(words, StringComparison.Ordinal)),
        $"{BridgeCluster.NodeName(node)} says \"{words}\"", Patience);

    /// <summary>Waits until the node has such a row.</summary>
    public Task HasAsync(int node, string sql) => Bridges.EventuallyAsync(
        async () => (await TextAsync(node, $"SELECT 1 WHERE EXISTS ({sql})")).Count > 0,
        $"{BridgeCluster.NodeName(node)} has one: {sql}", Patience);

    /// <summary>Every node has looked at everything, nothing is left to do, and all have the same rows.</summary>
    public async Task QuietAsync()
    {
        await Bridges.WaitCaughtUpAsync(60);
        for (var node = 0; node < Nodes.Servers.Count; node++)
        {
            var here = node;
            await Bridges.EventuallyAsync(
                async () => (await TextAsync(here, "SELECT id FROM kafkabridge.parent_delete")).Count == 0,
                $"{BridgeCluster.NodeName(here)} is done by its rule", Patience);
        }

        await Bridges.WaitCaughtUpAsync(60);
        await Nodes.RequireEqualAsync(tables);
    }

    /// <summary>All say the same besides.</summary>
    public async Task SettledAsync(int noted)
    {
        await QuietAsync();
        var history = await TextAsync(0, History);
        Assert.True(noted == history.Count, $"not {noted} in the history of eu but:\n{string.Join('\n', history)}");
        for (var node = 1; node < Nodes.Servers.Count; node++)
        {
            Assert.Equal(history, await TextAsync(node, History));
        }
    }

    public Task SqlAsync(int node, string sql) => Nodes.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    public Task<IReadOnlyList<string>> TextAsync(int node, string sql) => Nodes.Servers[node].TextAsync(BridgeCluster.Database, sql);

    /// <summary>What <c>conflict explain</c> says of the row with that id in the first node's history.</summary>
    public async Task<string> ExplainAsync(int row)
    {
        var id = (await TextAsync(0, $"SELECT id{FromHistory} AND replica_identity ->> 'id' = '{row}'")).Single();
        return (await Nodes.CommandAsync("conflict", "explain", $"eu:{id}")).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await Bridges.DisposeAsync();
        await Nodes.DisposeAsync();
    }
}
