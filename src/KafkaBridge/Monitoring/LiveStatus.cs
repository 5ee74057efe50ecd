using KafkaBridge.Options;

namespace KafkaBridge.Monitoring;

/// <summary>What this process sees of its own nodes, as JSON.</summary>
internal static class LiveStatus
{
    public static object Of(BridgeHost host) => new
    {
        schemaVersion = 1,
        cluster = host.Options.Cluster,
        nodes = host.Nodes.Select(node => Of(node, host.Options.Redaction)),
    };

    static object Of(NodeBridge node, Redaction redaction)
    {
        var capture = node.Capture.Status;
        var apply = node.Apply.Status;
        var seen = node.Observed;
        return new
        {
            name = node.Node.Name,
            number = node.Claim.Number,
            state = NodeStates.Of(node),
            clockSkewSeconds = capture.ClockSkew?.TotalSeconds,
            deadLetters = seen.DeadLetters,
            capture = new
            {
                state = capture.State.ToString(),
                session = capture.Session,
                decodedLsn = capture.Decoded.ToString(),
                acknowledgedLsn = capture.Acknowledged.ToString(),
                lagSeconds = capture.Lag(DateTime.UtcNow)?.TotalSeconds,
                confirmedLsn = capture.Confirmed.ToString(),
                transactions = capture.Transactions,
                records = capture.Records,
                lifted = capture.Lifted,
                inFlight = capture.InFlight,
                error = redaction.Apply(capture.LastError),
                held = capture.Held,
            },
            apply = new
            {
                retrying = redaction.Apply(apply.Retrying),
                waitsFor = redaction.Apply(node.LockHolder?.Sentence),
                errors = apply.Errors,
                origins = apply.Origins.Select(origin => new
                {
                    origin = origin.Name,
                    epoch = origin.Position.Epoch,
                    commitLsn = origin.Position.CommitLsn.ToString(),
                    events = origin.Events,
                    transactions = origin.Transactions,
                    conflicts = origin.Conflicts,
                    skipped = origin.Skipped,
                    conflictsByType = seen.Conflicts.Where(group => group.Key.Writer == origin.Writer)
                        .GroupBy(group => group.Key.Type).ToDictionary(type => type.Key, type => type.Sum(group => group.Value)),
                    pendingEvents = origin.Pending,
                    lagBytes = seen.Backlogs.GetValueOrDefault(origin.Writer)?.Bytes,
                    catchupSeconds = seen.Backlogs.GetValueOrDefault(origin.Writer)?.CatchupSeconds is { } seconds
                        && double.IsFinite(seconds)
                        ? seconds
                        : (double?)null,
                    state = origin.State.ToString(),
                    sentence = redaction.Apply(origin.Sentence),
                    halt = origin.HaltId,
                }),
            },
            slot = seen.Slot is not { } slot ? null : new
            {
                name = slot.Name,
                active = slot.ActivePid is not null,
                retainedBytes = slot.RetainedBytes,
                safeBytes = slot.SafeWalBytes,
                walStatus = slot.WalStatus,
            },
        };
    }
}
