using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaBridge.Benchmarks;

/// <summary>Reads what pgbench prints at its end.</summary>
static partial class PgbenchReport
{
    public static int Transactions(string printed) =>
        int.Parse(Processed().Match(printed).Groups[1].Value, CultureInfo.InvariantCulture);

    public static double PerSecond(string printed) => double.Parse(Tps().Match(printed).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"transactions actually processed: (\d+)")]
    private static partial Regex Processed();

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();
}
