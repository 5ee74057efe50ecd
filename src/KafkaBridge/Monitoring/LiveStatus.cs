namespace KafkaBridge.Monitoring;

/// <summary>What this process sees of its own nodes, as JSON.</summary>
internal static class LiveStatus
{
    public static object Of(BridgeHost host) => new
    {
        schemaVersion = 1,
        cluster = host.Options.Cluster,
        nodes = host.Nodes.Select(Of),
    };

    static object Of(NodeBridge node)
    {
        var capture = node.Capture.Status;
        var apply = node.Apply.Status;
        return new
        {
            name = node.Node.Name,
            number = node.Claim.Number,
            capture = new
            {
                state = capture.State.ToString(),
                session = capture.Session,
                decodedLsn = capture.Decoded.ToString(),
                acknowledgedLsn = capture.Acknowledged.ToString(),
                confirmedLsn = capture.Confirmed.ToString(),
                transactions = capture.Transactions,
                records = capture.Records,
                lifted = capture.Lifted,
                inFlight = capture.InFlight,
                error = capture.LastError,
            },
            apply = new
            {
                retrying = apply.Retrying,
                origins = apply.Origins.Select(origin => new
                {
                    origin = origin.Name,
                    epoch = origin.Position.Epoch,
                    commitLsn = origin.Position.CommitLsn.ToString(),
                    events = origin.Events,
                    transactions = origin.Transactions,
                    conflicts = origin.Conflicts,
                    skipped = origin.Skipped,
                    pendingTransactions = origin.Pending,
                    state = origin.State.ToString(),
                    sentence = origin.Sentence,
                }),
            },
            slot = node.Slot is not { } slot ? null : new { name = slot.Name, active = slot.ActivePid is not null, retainedBytes = slot.RetainedBytes, walStatus = slot.WalStatus },
        };
    }
}
