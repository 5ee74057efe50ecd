using System.Globalization;

namespace KafkaBridge.Benchmarks;

/// <summary>What the processes of a pair have taken since they started: the bridges of source and target; a native pair has none.</summary>
sealed record Usage(double SourceCpu, double TargetCpu, double SourcePeak, double TargetPeak)
{
    const double TicksPerSecond = 100; // USER_HZ, the same on every Linux of x86-64

    public static Usage None { get; } = new(0, 0, 0, 0);

    /// <summary>User and system time of a process, 0 where it is gone.</summary>
    public static double CpuSeconds(int process)
    {
        var path = $"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat";
        if (!File.Exists(path))
        {
            return 0;
        }

        var fields = File.ReadAllText(path).Split(") ")[^1].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
