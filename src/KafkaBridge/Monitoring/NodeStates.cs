using KafkaBridge.Apply;
using KafkaBridge.Capture;

namespace KafkaBridge.Monitoring;

/// <summary>One word for how a running node is; the worst of what is true.</summary>
internal static class NodeStates
{
    public const string Running = "running";
    public const string Starting = "starting";
    public const string Reconnecting = "reconnecting";
    public const string Halted = "halted";
    public const string Failed = "failed";

    public static readonly IReadOnlyList<string> All = [Running, Starting, Reconnecting, Halted, Failed];

    public static string Of(NodeBridge node)
    {
        var (capture, apply) = (node.Capture.Status, node.Apply.Status);
        return capture.State is CaptureState.Failed or CaptureState.Stopped ? Failed
            : capture.Held is not null || apply.Origins.Any(origin => origin.State == OriginState.Stopped) ? Halted
            : capture.State == CaptureState.Reconnecting || apply.Retrying is not null ? Reconnecting
            : capture.State == CaptureState.Starting ? Starting
            : Running;
    }
}
