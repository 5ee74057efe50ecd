using System.Globalization;
using System.Net;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>A schema registry that is another server, and away: the bridge waits for it and says so; nothing is left out.</summary>
public sealed class RegistryOutage
{
    const string Tables = """
        CREATE TABLE item (id int PRIMARY KEY, name text);
        CREATE TABLE later (id int PRIMARY KEY, name text);
        """;

    const int Rows = 500;

    static readonly TimeSpan Back = TimeSpan.FromSeconds(90); // the longest pause between two tries is 15 s

    [Fact]
    public async Task It_is_waited_for_at_start_and_when_a_table_is_first_written()
    {
        await using var registry = new RegistryInMemory();
        await registry.StopAsync();
        await using var cluster = await BridgeCluster.StartAsync((await TestKafka.SharedAsync()).BootstrapServers, Tables, 15, 15);
        await cluster.ConfigureAsync($"registry: \"{registry.Url}\"");
        await cluster.CommandAsync("apply", "--yes");
        var port = Commands.FreePort();
        await using var bridge = BridgeProcess.Start(
            ["run", "-c", cluster.ConfigFile, "--admin-port", port.ToString(CultureInfo.InvariantCulture)]);

        await WriteAsync(cluster, "item");
        await NotReadyAsync(port, $"{registry.Url}subjects/{cluster.Name}.spine-value");
        registry.StartAgain();
        await ArrivesAsync(cluster, "item");
        await ReadyAsync(port);

        registry.IsBroken = true;
        await WriteAsync(cluster, "later");
        await WriteAsync(cluster, "item"); // behind it in the log
        await NotReadyAsync(port, $"{cluster.Name}.public.later-key");
        Assert.Equal(0, await CountAsync(cluster, 1, "later WHERE name = 'eu'"));
        registry.IsBroken = false;
        await ArrivesAsync(cluster, "later");
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item", "later");
        Assert.Equal(4 * Rows, await CountAsync(cluster, 0, "item"));
        await ReadyAsync(port);
        Assert.False(bridge.HasExited);
    }

    static async Task WriteAsync(BridgeCluster cluster, string table)
    {
        for (var node = 0; node < 2; node++)
        {
            var from = (await CountAsync(cluster, node, $"{table} WHERE id % 2 = {node}") * 2) + node;
            await cluster.Servers[node].ExecuteAsync(
                BridgeCluster.Database,
                $"INSERT INTO {table} SELECT {from} + 2 * i, '{BridgeCluster.NodeName(node)}' FROM generate_series(0, {Rows - 1}) i");
        }
    }

    static async Task ArrivesAsync(BridgeCluster cluster, string table)
    {
        for (var node = 0; node < 2; node++)
        {
            var at = node;
            await Eventually.EqualAsync(
                2 * Rows, () => CountAsync(cluster, at, table), $"the rows of {table} on {BridgeCluster.NodeName(node)}", Back);
        }
    }

    static async Task<int> CountAsync(BridgeCluster cluster, int node, string table) =>
        (int)await cluster.Servers[node].ScalarAsync<long>(BridgeCluster.Database, $"SELECT count(*) FROM {table}");

    static Task ReadyAsync(int port) => Eventually.TrueAsync(
        async () => (await BridgeHealth.OfAsync(port)).Has(HttpStatusCode.OK, "ready"), "the bridge is ready", Back);

    static Task NotReadyAsync(int port, string sentence) => Eventually.TrueAsync(
        async () => (await BridgeHealth.OfAsync(port)).Has(HttpStatusCode.ServiceUnavailable, sentence),
        $"the bridge is not ready, and says {sentence}",
        Back);
}
