using KafkaBridge.Monitoring;
using KafkaBridge.Options;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Commands;

/// <summary>Runs the bridges of all nodes of the file, or of one, until a signal.</summary>
internal sealed class RunCommand(CommandContext context)
{
    public async Task<int> RunAsync(string? nodeName, int? adminPort, CancellationToken ct)
    {
        var options = context.Options;
        IReadOnlyList<NodeOptions> nodes = nodeName is null ? options.Nodes : [options.Node(nodeName)];
        await using var host = await BridgeHost.StartAsync(options, nodes, context.Log, ct);
        var endpoint = adminPort is null ? options.Admin : options.Admin with { Port = adminPort };
        await using var admin = await AdminEndpoint.StartAsync(host, endpoint, context.Log.CreateLogger("admin"), ct);
        await host.RunAsync(ct);
        context.Log.CreateLogger("run").LogInformation("stopped");
        return ExitCode.Ok;
    }
}
