using System.Text.Json;

namespace KafkaBridge.TestKit;

/// <summary>Programs for node that use the clients which deploy/clients.sh has brought.</summary>
public static class NodeScript
{
    /// <summary>Runs it with its one argument, as JSON; returns what it printed, each line parsed.</summary>
    public static async Task<IReadOnlyList<JsonElement>> RunAsync(string file, object argument)
    {
        var modules = Repository.Path("artifacts", "clients", "node_modules");
        if (!Directory.Exists(modules))
        {
            throw new InvalidOperationException($"{modules} is missing: run deploy/clients.sh");
        }

        var printed = await Commands.RunAsync(
            "env", $"NODE_PATH={modules}", "KAFKAJS_NO_PARTITIONER_WARNING=1", "node", file, JsonSerializer.Serialize(argument));
        return [.. printed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }
}
