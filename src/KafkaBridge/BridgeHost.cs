using KafkaBridge.Gates;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Options;
using Microsoft.Extensions.Logging;

namespace KafkaBridge;

/// <summary>
/// Everything that <c>run</c> runs, made by hand in the order in which data flows: membership, registry, then each
/// node's capture and apply.
/// </summary>
internal sealed class BridgeHost : IAsyncDisposable
{
    /// <summary>After a signal, what is under way gets this long to end.</summary>
    static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(8);

    readonly Membership membership;

    BridgeHost(BridgeOptions options, Membership membership) => (Options, this.membership) = (options, membership);

    public BridgeOptions Options { get; }

    public List<NodeBridge> Nodes { get; } = [];

    /// <summary>Of the process's first node; null when the registry is another server.</summary>
    public EmbeddedSchemaRegistry? Registry => Nodes.Select(node => node.Registry).OfType<EmbeddedSchemaRegistry>().FirstOrDefault();

    public static async Task<BridgeHost> StartAsync(
        BridgeOptions options, IReadOnlyList<NodeOptions> nodes, ILoggerFactory log, CancellationToken ct)
    {
        var settings = await Wiring.ReachKafkaAsync(options, log, ct);
        var topics = Wiring.Topics(options);
        var membership = await Membership.OpenAsync(settings, topics, ct);
        var host = new BridgeHost(options, membership);
        try
        {
            var config = RunGate.RequirePublished(options, membership.Config);
            foreach (var node in nodes)
            {
                host.Nodes.Add(await NodeBridge.OpenAsync(options, node, config, membership, settings, topics, log, ct));
            }

            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs until the token says stop, or until something fails that only a person can mend.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = Nodes.Select(node => node.RunAsync(all.Token)).ToList();
        var first = await Task.WhenAny(running);
        await all.CancelAsync();
        try
        {
            await Task.WhenAll(running).WaitAsync(DrainTime, CancellationToken.None);
        }
        catch (Exception) when (ct.IsCancellationRequested || first.IsFaulted)
        {
            // what did not end in time is done again after the next start; a failure is thrown below
        }

        if (!ct.IsCancellationRequested)
        {
            await first;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await membership.DisposeAsync();
    }
}
