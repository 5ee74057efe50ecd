using System.Globalization;
using System.Text;
using KafkaBridge.Apply;

namespace KafkaBridge.Monitoring;

/// <summary>Prometheus' text form of what this process sees.</summary>
internal static class MetricsText
{
    static readonly string[] WalStates = ["reserved", "extended", "unreserved", "lost"];

    public static string Of(BridgeHost host)
    {
        var text = new StringBuilder();
        Family(text, "kafkabridge_build_info", "gauge", "The version that runs.", [($"version=\"{Version.Text}\",commit=\"{Version.Commit}\"", 1)]);
        Family(text, "kafkabridge_slot_active", "gauge", "1 while somebody reads the slot.", Slots(host, slot => slot.ActivePid is null ? 0 : 1));
        Family(text, "kafkabridge_slot_retained_wal_bytes", "gauge", "WAL that the slot keeps on the server's disk.", Slots(host, slot => slot.RetainedBytes));
        Family(text, "kafkabridge_slot_wal_status", "gauge", "1 for the state that the slot is in.",
            host.Nodes.Where(node => node.Slot is not null).SelectMany(node => WalStates.Select(state =>
                ($"{Node(node)},slot_name=\"{node.Slot!.Name}\",status=\"{state}\"", node.Slot.WalStatus == state ? 1.0 : 0))));
        Family(text, "kafkabridge_capture_transactions_total", "counter", "Transactions published.", host.Nodes.Select(node => (Node(node), (double)node.Capture.Status.Transactions)));
        Family(text, "kafkabridge_capture_events_total", "counter", "Changes published.", host.Nodes.Select(node => (Node(node), (double)node.Capture.Status.Records)));
        Family(text, "kafkabridge_capture_lifted_total", "counter", "Transactions whose version is later than their commit time.", host.Nodes.Select(node => (Node(node), (double)node.Capture.Status.Lifted)));
        Family(text, "kafkabridge_apply_position_timestamp_seconds", "gauge", "Commit time of the last transaction applied.",
            Origins(host, origin => origin.CommitTime / 1e6, origin => origin.CommitTime > 0));
        Family(text, "kafkabridge_apply_pending_events", "gauge", "Transactions read from the spine and not yet applied.", Origins(host, origin => origin.Pending));
        Family(text, "kafkabridge_apply_events_total", "counter", "Changes applied.", Origins(host, origin => origin.Events));
        Family(text, "kafkabridge_apply_transactions_total", "counter", "Transactions applied.", Origins(host, origin => origin.Transactions));
        Family(text, "kafkabridge_apply_halted", "gauge", "1 while an origin waits for a person.", Origins(host, origin => origin.State == OriginState.Stopped ? 1 : 0));
        Family(text, "kafkabridge_conflicts_total", "counter", "Conflicts resolved.", Origins(host, origin => origin.Conflicts));
        return text.ToString();
    }

    static IEnumerable<(string Labels, double Value)> Slots(BridgeHost host, Func<Postgres.SlotState, double> value) =>
        host.Nodes.Where(node => node.Slot is not null).Select(node => ($"{Node(node)},slot_name=\"{node.Slot!.Name}\"", value(node.Slot)));

    static IEnumerable<(string Labels, double Value)> Origins(BridgeHost host, Func<OriginStatus, double> value, Func<OriginStatus, bool>? where = null) =>
        host.Nodes.SelectMany(node => node.Apply.Status.Origins.Where(where ?? (_ => true)).Select(origin => ($"origin=\"{origin.Name}\",{Node(node)}", value(origin))));

    static string Node(NodeBridge node) => $"node=\"{node.Node.Name}\"";

    static void Family(StringBuilder text, string name, string type, string help, IEnumerable<(string Labels, double Value)> samples)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n').Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (var (labels, value) in samples)
        {
            text.Append(name).Append('{').Append(labels).Append("} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
