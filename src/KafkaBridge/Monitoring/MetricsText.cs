using KafkaBridge.Apply;
using KafkaBridge.Postgres;

namespace KafkaBridge.Monitoring;

/// <summary>Every metric: its name, its meaning, where its value comes from. DESIGN.md of this project has the same names.</summary>
internal static class MetricsText
{
    static readonly string[] WalStates = ["reserved", "extended", "unreserved", "lost"];

    public static string Of(BridgeHost host)
    {
        var text = new PrometheusText();
        text.Gauge("kafkabridge_build_info", "The version that runs.", [new(1, ("version", Version.Text), ("commit", Version.Commit))]);
        text.Gauge("kafkabridge_node_state", "1 for the state that the node is in.",
            host.Nodes.SelectMany(
                node => NodeStates.All.Select(state => new Sample(NodeStates.Of(node) == state ? 1 : 0, Node(node), ("state", state)))));
        Slots(text, host);
        Capture(text, host);
        Apply(text, host);
        return text.ToString();
    }

    static void Slots(PrometheusText text, BridgeHost host)
    {
        var slots = host.Nodes.Where(node => node.Observed.Slot is not null).Select(
            node => (Node: node, Slot: node.Observed.Slot!)).ToList();
        text.Gauge("kafkabridge_slot_active", "1 while somebody reads the slot.",
            slots.Select(one => new Sample(one.Slot.ActivePid is null ? 0 : 1, Of(one))));
        text.Gauge("kafkabridge_slot_wal_status", "1 for the state that the slot's WAL is in, as PostgreSQL says.",
            slots.SelectMany(
                one => WalStates.Select(state => new Sample(one.Slot.WalStatus == state ? 1 : 0, [.. Of(one), ("status", state)]))));
        text.Gauge("kafkabridge_slot_retained_wal_bytes", "WAL that the slot keeps on the server's disk.",
            slots.Select(one => new Sample(one.Slot.RetainedBytes, Of(one))));
        text.Gauge(
            "kafkabridge_slot_safe_wal_bytes",
            "WAL that may be written before the slot is in danger; absent where max_slot_wal_keep_size sets no limit.",
            slots.Where(one => one.Slot.SafeWalBytes is not null).Select(one => new Sample(one.Slot.SafeWalBytes!.Value, Of(one))));

        static Label[] Of((NodeBridge Node, SlotState Slot) one) => [Node(one.Node), ("slot_name", one.Slot.Name)];
    }

    static void Capture(PrometheusText text, BridgeHost host)
    {
        var now = DateTime.UtcNow;
        var nodes = host.Nodes.Select(node => (Label: Node(node), node.Capture.Status)).ToList();
        text.Gauge(
            "kafkabridge_capture_lag_seconds", "How old the oldest commit that is not in Kafka yet may be; about a heartbeat when idle.",
            nodes.Where(node => node.Status.Lag(now) is not null)
                .Select(node => new Sample(node.Status.Lag(now)!.Value.TotalSeconds, node.Label)));
        text.Counter("kafkabridge_capture_events_total", "Changes acknowledged by Kafka; op as in the record: c, u, d, t.",
            nodes.SelectMany(node => node.Status.Events.Select(events => new Sample(
                events.Count, node.Label, ("schema", events.Table.Namespace), ("table", events.Table.Name),
                ("op", events.Op.ToString())))));
        text.Counter("kafkabridge_capture_transactions_total", "Transactions in the spine.",
            nodes.Select(node => new Sample(node.Status.Transactions, node.Label)));
        text.Counter("kafkabridge_capture_lifted_total", "Transactions whose version is later than their commit time.",
            nodes.Select(node => new Sample(node.Status.Lifted, node.Label)));
        text.Gauge("kafkabridge_clock_skew_seconds", "What the server's clock is ahead of the bridge's.",
            nodes.Where(node => node.Status.ClockSkew is not null)
                .Select(node => new Sample(node.Status.ClockSkew!.Value.TotalSeconds, node.Label)));
    }

    static void Apply(PrometheusText text, BridgeHost host)
    {
        var origins = host.Nodes.SelectMany(
            node => node.Apply.Status.Origins.Select(origin => (Labels: Of(origin.Name, node), Origin: origin))).ToList();
        text.Gauge("kafkabridge_apply_position_timestamp_seconds", "Commit time of the last transaction applied.",
            origins.Where(one => one.Origin.CommitTime > 0).Select(one => new Sample(one.Origin.CommitTime / 1e6, one.Labels)));
        text.Gauge("kafkabridge_apply_pending_events", "Changes read from the spine and not yet applied; more may follow.",
            origins.Select(one => new Sample(one.Origin.Pending, one.Labels)));
        var backlogs = host.Nodes.SelectMany(node => node.Apply.Status.Origins
            .Where(origin => node.Observed.Backlogs.ContainsKey(origin.Writer))
            .Select(origin => (Labels: Of(origin.Name, node), Backlog: node.Observed.Backlogs[origin.Writer]))).ToList();
        text.Gauge("kafkabridge_apply_lag_bytes", "The origin's WAL that is published and not applied here.",
            backlogs.Select(one => new Sample(one.Backlog.Bytes, one.Labels)));
        text.Gauge("kafkabridge_apply_catchup_seconds", "Until caught up, at the rate of the last minute; +Inf while nothing moves.",
            backlogs.Select(one => new Sample(one.Backlog.CatchupSeconds, one.Labels)));
        text.Counter(
            "kafkabridge_apply_events_total", "Changes applied.", origins.Select(one => new Sample(one.Origin.Events, one.Labels)));
        text.Counter("kafkabridge_apply_transactions_total", "Transactions applied.",
            origins.Select(one => new Sample(one.Origin.Transactions, one.Labels)));
        text.Histogram("kafkabridge_end_to_end_seconds", "From the origin's commit, by its clock, to the commit here, by the bridge's.",
            origins.Where(one => one.Origin.Latency is not null)
                .Select(one => (one.Labels, LatencyHistogram.Bounds, one.Origin.Latency!.Cumulative, one.Origin.Latency.Sum)));
        text.Counter("kafkabridge_conflicts_total", "Conflicts resolved, in PostgreSQL's words.", host.Nodes.SelectMany(Conflicts));
        text.Gauge("kafkabridge_apply_halted", "1 while an origin waits for a person.",
            origins.Select(one => new Sample(one.Origin.State == OriginState.Stopped ? 1 : 0, one.Labels)));
        text.Counter(
            "kafkabridge_apply_errors_total",
            "Failures of the applier, tried again or not; sqlstate is none where PostgreSQL did not report it.",
            host.Nodes.SelectMany(
                node => node.Apply.Status.Errors.Select(error => new Sample(error.Value, Node(node), ("sqlstate", error.Key)))));
        text.Counter("kafkabridge_apply_offset_commit_failures_total", "Offsets for lag tools that Kafka did not take.",
            host.Nodes.Select(node => new Sample(node.Apply.Status.CommitFailures, Node(node))));
        text.Counter("kafkabridge_dead_letters_total", "Records in the node's partition of the dead-letter topic.",
            host.Nodes.Where(node => node.Observed.DeadLetters is not null)
                .Select(node => new Sample(node.Observed.DeadLetters!.Value, Node(node))));
    }

    static IEnumerable<Sample> Conflicts(NodeBridge node) =>
        node.Observed.Conflicts.Select(one => new Sample(
            one.Value,
            [
                .. Of(node.Peers.FirstOrDefault(peer => peer.Number == one.Key.Writer)?.Name ?? "unknown", node),
                ("schema", one.Key.Schema), ("table", one.Key.Table), ("type", one.Key.Type), ("resolution", one.Key.Resolution),
            ]));

    static Label Node(NodeBridge node) => ("node", node.Node.Name);

    static Label[] Of(string origin, NodeBridge node) => [("origin", origin), Node(node)];
}
