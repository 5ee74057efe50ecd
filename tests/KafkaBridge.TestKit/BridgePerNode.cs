using System.Globalization;
using System.Text;

namespace KafkaBridge.TestKit;

/// <summary>A bridge process for each node of a cluster, to be killed and started again one by one.</summary>
public sealed class BridgePerNode(BridgeCluster cluster) : IAsyncDisposable
{
    readonly SortedDictionary<int, BridgeProcess> running = [];

    /// <summary>Starts the bridge of every node.</summary>
    public static BridgePerNode Start(BridgeCluster cluster)
    {
        var bridges = new BridgePerNode(cluster);
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            bridges.Start(node);
        }

        return bridges;
    }

    public void Start(int node) => running[node] = cluster.Run(node);

    /// <summary>SIGKILL. A bridge that had ended by itself is a failure, with its own words.</summary>
    public async Task KillAsync(int node)
    {
        RequireRunning();
        running.Remove(node, out var bridge);
        await bridge!.KillAsync();
        await bridge.DisposeAsync();
    }

    /// <summary>SIGTERM, and its end.</summary>
    public async Task StopAsync(int node)
    {
        running.Remove(node, out var bridge);
        await bridge!.StopAsync();
        await bridge.DisposeAsync();
    }

    /// <summary>What one node's bridge has logged so far.</summary>
    public string Said(int node) => running[node].Error;

    public int ProcessId(int node) => running[node].Id;

    /// <summary>The most memory that the bridge of a node has had resident since it was started.</summary>
    public double PeakMebibytes(int node) => ProcessMemory.PeakMebibytes(running[node].Id);

    /// <exception cref="InvalidOperationException">A bridge has ended by itself.</exception>
    public void RequireRunning()
    {
        foreach (var (node, bridge) in running)
        {
            if (bridge.HasExited)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the bridge of {BridgeCluster.NodeName(node)} exited {bridge.ExitCode}:\n{bridge.Error}"));
            }
        }
    }

    /// <summary>As the cluster's own, but a failure tells what the bridges said last.</summary>
    public Task WaitCaughtUpAsync(int seconds) => ToldAsync(async () =>
    {
        await cluster.WaitCaughtUpAsync(seconds);
        RequireRunning();
    });

    /// <summary>Waits for a condition; a failure tells what the bridges said last.</summary>
    public Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan deadline) =>
        ToldAsync(() => Eventually.TrueAsync(condition, what, deadline));

    async Task ToldAsync(Func<Task> wait)
    {
        try
        {
            await wait();
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException)
        {
            var said = new StringBuilder(failure.Message);
            foreach (var (node, bridge) in running)
            {
                said.Append(CultureInfo.InvariantCulture, $"\n--- {BridgeCluster.NodeName(node)}:\n{Last(bridge.Error)}");
            }

            throw new InvalidOperationException(said.ToString(), failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var bridge in running.Values)
        {
            await bridge.DisposeAsync();
        }
    }

    static string Last(string text) => text.Length > 3000 ? text[^3000..] : text;
}
