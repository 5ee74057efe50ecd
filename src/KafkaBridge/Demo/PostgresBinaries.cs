using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaBridge.Demo;

/// <summary>A PostgreSQL that is installed on this machine.</summary>
/// <param name="Folder">Where initdb, pg_ctl and postgres lie.</param>
/// <param name="Version">As the server says it: 15.20.</param>
internal sealed partial record PostgresBinaries(string Folder, string Version)
{
    const int OldestMajor = 14;

    /// <summary>The newest one found, or the one in the folder given.</summary>
    /// <exception cref="StoppedException">There is none.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? folder, CancellationToken ct)
    {
        var found = new List<PostgresBinaries>();
        foreach (var candidate in folder is null ? UsualFolders() : [folder])
        {
            var server = Path.Combine(candidate, "postgres");
            if (File.Exists(server) && File.Exists(Path.Combine(candidate, "initdb"))
                && VersionNumber().Match(await HelperProgram.RunAsync(server, ["--version"], ct)) is { Success: true } version)
            {
                found.Add(new PostgresBinaries(candidate, version.Value));
            }
        }

        return found.Where(one => one.Major >= OldestMajor).MaxBy(one => one.Major)
            ?? throw new StoppedException(
                ExitCode.Precondition, "KB1112", $"no PostgreSQL of version {OldestMajor} or later was found", folder,
                "looked for initdb and postgres where distributions put them, and in PATH",
                "install PostgreSQL (its server, not only psql), or kafkabridge demo --postgres FOLDER; deploy/demo.sh brings one");
    }

    public string Program(string name) => Path.Combine(Folder, name);

    int Major => int.Parse(Version.Split('.')[0], CultureInfo.InvariantCulture);

    static IEnumerable<string> UsualFolders()
    {
        string[] parents = ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
        var versioned = parents.Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Concat(Directory.Exists("/usr") ? Directory.GetDirectories("/usr", "pgsql-*") : [])
            .Select(version => Path.Combine(version, "bin"));
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return versioned.Concat(path).Distinct();
    }

    [GeneratedRegex(@"\d+(\.\d+|devel|beta\d+|rc\d+)")]
    private static partial Regex VersionNumber();
}
