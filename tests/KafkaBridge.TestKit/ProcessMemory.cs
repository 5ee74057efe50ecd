using System.Globalization;

namespace KafkaBridge.TestKit;

/// <summary>What Linux tells of a process's memory.</summary>
public static class ProcessMemory
{
    /// <summary>VmHWM, the peak of its resident memory; 0 where it is gone.</summary>
    public static double PeakMebibytes(int process)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status");
        string line = File.Exists(path) ? File.ReadLines(path).First(IsPeak) : "VmHWM: 0 kB";
        return double.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
    }

    private static bool IsPeak(string line) => line.StartsWith("VmHWM:", StringComparison.Ordinal);
}
