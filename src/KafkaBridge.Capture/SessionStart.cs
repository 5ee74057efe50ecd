using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture;

/// <summary>Where a session begins, decided from the slot, the spine's last record and the node's epoch.</summary>
/// <param name="Session">One more than the last in the spine.</param>
/// <param name="Published">What committed before it is in the spine: skipped when the server sends it again.</param>
/// <param name="Watermark">The last promise.</param>
/// <param name="Applied">What the node had applied of every other there; null: not told, the position rows as they are now must do.</param>
sealed record SessionStart(int Session, Lsn Published, long Watermark, IReadOnlyList<Knowledge>? Applied)
{
    /// <exception cref="CaptureRefusedException">The server was promoted or restored since the node was set up.</exception>
    public static void RequireSameTimeline(SourceHistory source)
    {
        if (source.IsAnother)
        {
            throw new CaptureRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"The server is on timeline {source.Timeline}, the node was set up on timeline {source.Recorded}: it was promoted or "
                + $"restored, and what the node published may not be on it. {StartAnew}"));
        }
    }

    /// <summary>
    /// A spine whose records are all gone is no first start: session numbers, ticks and promises would begin anew below
    /// those that the others have seen, and what no peer had applied by then is gone.
    /// </summary>
    /// <param name="peers">The last of this node's transactions that a peer has reported as applied.</param>
    /// <exception cref="CaptureRefusedException">The node has published, and nothing of it is kept.</exception>
    public static void RequireNotEmptied(SlotState slot, SpineEnd spine, string topic, TransactionPosition peers)
    {
        if (spine.IsEmptied)
        {
            throw new CaptureRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"The node's part of {topic} is empty, and {spine.First} records were in it: the node was away for longer than the topic "
                + $"keeps them (retention.ms), or they were deleted. The slot is confirmed to {slot.ConfirmedFlush}, peers have applied "
                + $"{peers}. {StartAnew}"));
        }
    }

    /// <param name="walEnd">Where the server's WAL ends now.</param>
    /// <param name="peers">The last of this node's transactions that a peer has reported as applied.</param>
    /// <exception cref="CaptureRefusedException">Changes are lost, or an older incarnation would write.</exception>
    public static SessionStart Decide(SlotState slot, SpineRecord? last, int epoch, Lsn walEnd, TransactionPosition peers)
    {
        if (slot.IsLost)
        {
            throw new CaptureRefusedException(
                $"The slot {slot.Name} is lost: the server removed WAL that it needed (max_slot_wal_keep_size). "
                + $"Changes after {slot.ConfirmedFlush} are not in Kafka. See the runbook, 'a lost slot': a new epoch is needed.");
        }

        var numbers = $"the slot is confirmed to {slot.ConfirmedFlush}, the spine ends at {last?.DecodedLsn ?? Lsn.Invalid}, "
            + $"peers have applied {peers}, the server's WAL ends at {walEnd}";
        if (peers.Epoch == epoch && peers.CommitLsn > (last?.DecodedLsn ?? Lsn.Invalid))
        {
            throw new CaptureRefusedException(
                $"The spine lost its end (a topic made anew, an unclean leader election): {numbers}. {StartAnew}");
        }

        if (last is null)
        {
            // A slot that nothing was ever published from: it was made before the bridge first ran, so nothing was applied by then.
            return new SessionStart(1, slot.ConfirmedFlush, 0, []);
        }

        if (last.Epoch > epoch)
        {
            var epochs = string.Create(CultureInfo.InvariantCulture, $"The spine is at epoch {last.Epoch}, this node at {epoch}");
            throw new CaptureRefusedException(
                $"{epochs}: this database is an older incarnation of the node (a restore, an old primary). "
                + "It must not publish. Stop it, or give it a new epoch with: kafkabridge apply.");
        }

        if (last.Epoch < epoch)
        {
            // Another WAL: its positions don't compare with the spine's.
            return new SessionStart(last.Session + 1, slot.ConfirmedFlush, last.Watermark, null);
        }

        if (walEnd < last.DecodedLsn)
        {
            throw new CaptureRefusedException($"The server went back in time (a backup or a copy of its files): {numbers}. {StartAnew}");
        }

        if (slot.ConfirmedFlush > last.DecodedLsn)
        {
            throw new CaptureRefusedException(
                $"The slot {slot.Name} is confirmed to {slot.ConfirmedFlush}, the spine ends at {last.DecodedLsn} "
                + $"(epoch {epoch}, session {last.Session}): "
                + "what committed between is not in Kafka. The slot was made again or moved, or the spine lost its end. "
                + "See the runbook, 'a slot beyond the spine': a new epoch is needed.");
        }

        return new SessionStart(last.Session + 1, last.DecodedLsn, last.Watermark, last.Applied);
    }

    const string StartAnew = "Make the tables equal and start the cluster anew: kafkabridge destroy, apply.";

    /// <summary>Whether the commit is in the spine already. DecodedLsn is a record's end, so a commit at it is not.</summary>
    public bool IsPublished(Lsn commit) => commit < Published;
}
