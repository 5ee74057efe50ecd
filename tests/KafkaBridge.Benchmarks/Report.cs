using System.Globalization;
using System.Text.Json;

namespace KafkaBridge.Benchmarks;

/// <summary>Collects both pairs' figures of every run, and prints medians: a table, and one JSON line for each.</summary>
/// <param name="streaming">Of native's subscription; the default is off before PostgreSQL 18, parallel from then on.</param>
sealed class Report(int version, string broker, string streaming)
{
    readonly List<(string Pair, Figure Figure)> seen = [];

    public void Add(string pair, IEnumerable<Figure> figures)
    {
        foreach (var figure in figures)
        {
            seen.Add((pair, figure));
            Console.Error.WriteLine(
                $"{figure.Name} {pair}: {Text(figure.Value)} {figure.Unit}  "
                + string.Join(", ", figure.Details.Select(detail => $"{detail.Name} {Text(detail.Value)}")));
        }
    }

    public void Print(TextWriter output)
    {
        output.WriteLine("| workload | unit | bridge | native | ratio | runs |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- |");
        var rows = seen.GroupBy(one => one.Figure.Name).Select(Row).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine($"| {row.Workload} | {row.Unit} | {Text(row.Bridge)} | {Text(row.Native)} | {Text(row.Ratio)} | {row.Runs} |");
        }

        foreach (var row in rows)
        {
            output.WriteLine(JsonSerializer.Serialize(row, JsonSerializerOptions.Web));
        }
    }

    OneRow Row(IGrouping<string, (string Pair, Figure Figure)> group)
    {
        var bridge = group.Where(one => one.Pair == "bridge").Select(one => one.Figure).ToArray();
        var native = group.Where(one => one.Pair == "native").Select(one => one.Figure.Value).ToArray();
        // Each run's two figures are from the same minutes: the median of ratios, not the ratio of medians.
        var ratio = native.Length == 0 ? null : Statistics.Median(bridge.Zip(native, (ours, theirs) => ours.Value / theirs));
        return new OneRow(
            group.Key, bridge[0].Unit, version, broker, streaming, bridge.Length, Environment.ProcessorCount,
            Statistics.Median(bridge.Select(figure => figure.Value)),
            Statistics.Median(native), ratio,
            bridge[0].Details.ToDictionary(
                detail => detail.Name,
                detail => Statistics.Median(bridge.Select(figure => figure.Details.First(one => one.Name == detail.Name).Value))));
    }

    static string Text(double? value) => value switch
    {
        null => "-",
        >= 100 => value.Value.ToString("#,0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    sealed record OneRow(
        string Workload, string Unit, int PostgreSql, string Broker, string Streaming, int Runs, int Processors, double? Bridge,
        double? Native, double? Ratio, IReadOnlyDictionary<string, double?> Details);
}
