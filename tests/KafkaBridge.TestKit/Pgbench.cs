using System.Diagnostics;
using System.Globalization;

namespace KafkaBridge.TestKit;

/// <summary>PostgreSQL's load generator, from wherever a server's programs are installed.</summary>
public static class Pgbench
{
    /// <summary>Runs to the end and returns what it printed.</summary>
    public static Task<string> RunAsync(PostgresServer server, string database, params string[] arguments) =>
        RunAsync(server, database, settings: "", arguments);

    /// <param name="scripts">A statement each, with <c>@weight</c> behind it where they are not all alike often.</param>
    public static async Task<string> RunScriptsAsync(
        PostgresServer server, string database, string settings, IReadOnlyList<string> scripts, string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("kafkabridge-pgbench-").FullName;
        try
        {
            var files = new List<string>();
            for (var i = 0; i < scripts.Count; i++)
            {
                var (sql, weight) = scripts[i].Split('@') is [var text, var number] ? (text, "@" + number) : (scripts[i], "");
                var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i}.sql"));
                await File.WriteAllTextAsync(path, sql + ";\n");
                files.AddRange(["--file", path + weight]);
            }

            return await RunAsync(server, database, settings, ["--no-vacuum", .. files, .. arguments]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <param name="settings">For PGOPTIONS, such as <c>-c synchronous_commit=off</c>.</param>
    public static async Task<string> RunAsync(PostgresServer server, string database, string settings, string[] arguments)
    {
        var start = new ProcessStartInfo("pgbench", [.. arguments, server.Uri(database)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] += ":/usr/lib/postgresql/15/bin";
        start.Environment["PGOPTIONS"] = settings;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("pgbench did not start");
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"pgbench exited {process.ExitCode}: {await errors}{output}");
    }
}
