using System.Text.RegularExpressions;
using KafkaBridge.TestKit;

namespace KafkaBridge.RepositoryTests;

/// <summary>The style that a machine can check.</summary>
public sealed partial class SourceRules
{
    const int LongestFile = 400;
    const int LongLine = 140;

    /// <summary>A ratchet: lower it when lines are broken, never raise it.</summary>
    const int LongLines = 6;

    [Fact]
    public void Files_stay_short() =>
        Assert.Empty(Sources("src").Concat(Sources("tests")).Where(file => File.ReadAllLines(file).Length > LongestFile).Select(Relative));

    [Fact]
    public void Long_lines_grow_fewer() =>
        Assert.InRange(
            Sources("src").Concat(Sources("tests")).SelectMany(File.ReadAllLines).Count(line => line.Length > LongLine), 0, LongLines);

    [Fact]
    public void Progress_is_never_read_from_a_replication_origin() =>
        // On PostgreSQL 16 to 18 a transaction that was rolled back advances it all the same (measured).
        Assert.DoesNotContain(
            Sources("src").Concat(Directory.EnumerateFiles(Repository.Path("schemas"), "*.sql", SearchOption.AllDirectories)),
            file => File.ReadAllText(file).Contains("pg_replication_origin_progress", StringComparison.Ordinal));

    [Fact]
    public void No_test_sleeps() =>
        Assert.Empty(Sources("tests")
            .Where(file => Path.GetFileName(file) is not ("Eventually.cs" or "SourceRules.cs"))
            .Where(file => Sleep().IsMatch(File.ReadAllText(file)))
            .Select(Relative));

    [Fact]
    public void No_name_fits_any_program() =>
        Assert.Empty(Sources("src")
            .Where(file => EmptyName().IsMatch(Path.GetFileNameWithoutExtension(file)))
            .Select(Relative));

    [Fact]
    public void Every_metric_is_documented_and_nothing_else()
    {
        var code = MetricName().Matches(File.ReadAllText(Repository.Path("src", "KafkaBridge", "Monitoring", "MetricsText.cs")));
        var rows = MetricRow().Matches(File.ReadAllText(Repository.Path("src", "KafkaBridge", "DESIGN.md")));
        Assert.Equal(code.Select(name => name.Groups[1].Value).Order(), rows.Select(row => row.Groups[1].Value).Order());
    }

    static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Repository.Path(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex("\"(kafkabridge_[a-z_]+)\"")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^\| `(kafkabridge_[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay")]
    private static partial Regex Sleep();

    [GeneratedRegex("(Manager|Helpers?|Utils?|Common|Processor|Service|Engine)$")]
    private static partial Regex EmptyName();
}
