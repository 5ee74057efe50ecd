using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaBridge.IntegrationTests;

/// <summary>One answer of /metrics, taken apart as Prometheus does it.</summary>
sealed partial class Scrape
{
    readonly List<(string Name, string Labels, double Value)> samples = [];

    Scrape(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal) && line.Split(' ') is [_, _, var name, var type])
            {
                Types.Add(name, type);
            }
            else if (line.StartsWith("# HELP ", StringComparison.Ordinal) && line.Split(' ', 4) is [_, _, var described, { Length: > 0 }])
            {
                Described.Add(described);
            }
            else if (SampleLine().Match(line) is { Success: true } sample)
            {
                samples.Add((sample.Groups[1].Value, sample.Groups[2].Value, Number(sample.Groups[3].Value)));
            }
            else
            {
                throw new FormatException($"not Prometheus' text format: {line}");
            }
        }
    }

    public Dictionary<string, string> Types { get; } = [];

    public HashSet<string> Described { get; } = [];

    public static async Task<Scrape> OfAsync(int port)
    {
        using var client = new HttpClient();
        return new Scrape(await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics")));
    }

    public bool Has(string name) => samples.Exists(sample => sample.Name == name);

    /// <summary>The sum over all samples whose labels have every one of these.</summary>
    public double Sum(string name, params string[] labels) =>
        samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal)))
            .Sum(sample => sample.Value);

    static double Number(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^([a-z_]+)\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\} (\+Inf|-?[0-9.E+-]+)$""")]
    private static partial Regex SampleLine();
}
