using System.Diagnostics;

namespace KafkaBridge.Capture;

/// <summary>Places where a test kills the process, named in KAFKABRIDGE_FAILPOINT. Nothing happens while that is unset.</summary>
static class Failpoint
{
    /// <summary>Data records are acknowledged, their spine entry is not produced.</summary>
    public const string BeforeSpine = "before-spine";

    static readonly string? Armed = Environment.GetEnvironmentVariable("KAFKABRIDGE_FAILPOINT");

    /// <summary>Dies as if by kill -9: no handler runs, nothing is flushed.</summary>
    public static void Reach(string name)
    {
        if (Armed == name)
        {
            Process.GetCurrentProcess().Kill();
        }
    }
}
