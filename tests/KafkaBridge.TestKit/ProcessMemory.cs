using System.Globalization;

namespace KafkaBridge.TestKit;

/// <summary>What Linux tells of a process's memory; 0 where it is gone.</summary>
public static class ProcessMemory
{
    /// <summary>VmHWM, the peak of its resident memory.</summary>
    public static double PeakMebibytes(int process) => Mebibytes(process, "VmHWM:");

    /// <summary>VmRSS, its resident memory now.</summary>
    public static double ResidentMebibytes(int process) => Mebibytes(process, "VmRSS:");

    private static double Mebibytes(int process, string field)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status");
        string line = File.Exists(path)
            ? File.ReadLines(path).First(line => line.StartsWith(field, StringComparison.Ordinal))
            : field + " 0 kB";
        return double.Parse(line[field.Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
    }
}
