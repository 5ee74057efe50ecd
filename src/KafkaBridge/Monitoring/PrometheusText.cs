using System.Globalization;
using System.Text;

namespace KafkaBridge.Monitoring;

/// <summary>
/// Prometheus' text format 0.0.4. A family's samples stand together, under its HELP and TYPE, which are there also
/// without samples.
/// </summary>
internal sealed class PrometheusText
{
    readonly StringBuilder text = new();

    public void Gauge(string name, string help, IEnumerable<Sample> samples) => Family(name, "gauge", help, samples);

    /// <param name="name">Ends in <c>_total</c>.</param>
    public void Counter(string name, string help, IEnumerable<Sample> samples) => Family(name, "counter", help, samples);

    /// <param name="series">Labels, bounds, the cumulative count of each bound and then of all, and the sum.</param>
    public void Histogram(
        string name, string help,
        IEnumerable<(Label[] Labels, IReadOnlyList<double> Bounds, IReadOnlyList<long> Cumulative, double Sum)> series)
    {
        Head(name, "histogram", help);
        foreach (var (labels, bounds, cumulative, sum) in series)
        {
            for (var i = 0; i < cumulative.Count; i++)
            {
                var bound = i < bounds.Count ? Number(bounds[i]) : "+Inf";
                Line(name + "_bucket", new Sample(cumulative[i], [.. labels, ("le", bound)]));
            }

            Line(name + "_sum", new Sample(sum, labels));
            Line(name + "_count", new Sample(cumulative[^1], labels));
        }
    }

    public override string ToString() => text.ToString();

    void Family(string name, string type, string help, IEnumerable<Sample> samples)
    {
        Head(name, type, help);
        foreach (var sample in samples)
        {
            Line(name, sample);
        }
    }

    void Head(string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    void Line(string name, Sample sample)
    {
        var labels = string.Join(',', sample.Labels.Select(label => $"{label.Name}=\"{Escaped(label.Value)}\""));
        text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {Number(sample.Value)}\n");
    }

    static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}

internal readonly record struct Label(string Name, string Value)
{
    public static implicit operator Label((string Name, string Value) pair) => new(pair.Name, pair.Value);
}

internal readonly record struct Sample(double Value, params Label[] Labels);
