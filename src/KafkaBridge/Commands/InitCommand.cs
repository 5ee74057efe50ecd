using System.Text;
using KafkaBridge.Options;

namespace KafkaBridge.Commands;

/// <summary>Writes a first configuration file; what is detected at run time is not asked for.</summary>
internal sealed class InitCommand(string file, TextWriter output)
{
    public async Task<int> RunAsync(
        string cluster, string kafka, IReadOnlyList<string> nodes, IReadOnlyList<string> tables, CancellationToken ct)
    {
        if (File.Exists(file))
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1006", $"{file} is there already, and init overwrites nothing",
                tryThis: "-c ANOTHER_FILE, or delete it");
        }

        var text = new StringBuilder();
        text.AppendLine($"cluster: {Quoted(cluster)}");
        text.AppendLine($"kafka: {{ bootstrap.servers: {Quoted(kafka)} }}");
        text.AppendLine("registry: embedded                      # or the address of a schema registry");
        text.AppendLine("nodes:");
        foreach (var (name, dsn) in nodes.Select(Split))
        {
            text.AppendLine($"  {Quoted(name)}: {{ dsn: {Quoted(dsn)} }}");
        }

        text.AppendLine($"tables: [{string.Join(", ", tables.Select(Quoted))}]");
        BridgeOptionsReader.Parse(file, text.ToString(), new Dictionary<string, string>());
        await File.WriteAllTextAsync(file, text.ToString(), ct);
        await output.WriteLineAsync($"{file} written; next: kafkabridge check -c {file}");
        return ExitCode.Ok;
    }

    static (string Name, string Dsn) Split(string node) =>
        node.IndexOf('=', StringComparison.Ordinal) is var at and > 0
            ? (node[..at], node[(at + 1)..])
            : throw new StoppedException(
                ExitCode.Usage, "KB1007", "--node is name=dsn; the name is missing", tryThis: "--node eu=postgresql://bridge@eu-db/shop");

    /// <summary>Plain where YAML takes it as it stands, else in double quotes.</summary>
    static string Quoted(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0])
            && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_')
            ? text
            : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
