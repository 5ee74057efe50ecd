using System.Diagnostics;
using System.Globalization;

namespace KafkaBridge.Demo;

/// <summary>What happened, with the seconds since the start before it.</summary>
internal sealed class DemoLog(TextWriter output)
{
    readonly long started = Stopwatch.GetTimestamp();

    public double Seconds => Stopwatch.GetElapsedTime(started).TotalSeconds;

    public void Step(string sentence) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Seconds,6:0.0} s  {sentence}"));

    public void More(string sentence) => output.WriteLine($"          {sentence}");

    public void Space() => output.WriteLine();
}
