using KafkaBridge.Apply;
using KafkaBridge.Capture;

namespace KafkaBridge.Monitoring;

/// <summary>A bridge is ready when every node of the process captures, publishes, applies, and no origin is halted.</summary>
internal static class Readiness
{
    /// <summary>A sentence for each thing that is in the way; none: ready.</summary>
    public static IEnumerable<string> WhyNot(BridgeHost host) => host.Nodes.SelectMany(WhyNot);

    static IEnumerable<string> WhyNot(NodeBridge node)
    {
        var capture = node.Capture.Status;
        if (capture.State != CaptureState.Running)
        {
            yield return $"node {node.Node.Name}: capture is {capture.State}{(capture.LastError is null ? "" : ": " + capture.LastError)}";
        }

        if (capture.Held is { } held)
        {
            yield return $"node {node.Node.Name}: nothing is published: {held}";
        }

        var apply = node.Apply.Status;
        if (apply.Retrying is { } retrying)
        {
            yield return $"node {node.Node.Name}: apply waits: {retrying}";
        }

        foreach (var origin in apply.Origins.Where(origin => origin.State == OriginState.Stopped))
        {
            yield return $"node {node.Node.Name}: changes of {origin.Name} are halted: {origin.Sentence}";
        }

        foreach (var origin in apply.Origins.Where(origin => origin is { State: OriginState.Waiting, Sentence: not null }))
        {
            yield return $"node {node.Node.Name}: changes of {origin.Name} wait: {origin.Sentence}";
        }
    }
}
