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

    /// <summary>Peak resident memory in MiB.</summary>
    public static double PeakMiB(int process)
    {
        var path = $"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status";
        var line = File.Exists(path) ? File.ReadLines(path).First(IsPeak) : "VmHWM: 0 kB";
        return Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Split('\t')[^1]) / 1024;
    }

    static bool IsPeak(string line) => line.StartsWith("VmHWM:", StringComparison.Ordinal);

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
