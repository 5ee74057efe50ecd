using KafkaBridge.Kafka;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Takes the slot before anything is read from the spine: who holds the slot is the one writer of the node's partitions,
/// so the spine's end can't be moved by another capture that is well.
/// </summary>
static class SlotAcquisition
{
    /// <summary>Makes the slot if this is the node's first start; a slot that is gone later is never made again in silence.</summary>
    public static async Task EnsureAsync(
        NpgsqlConnection connection, string slot, CaptureOptions options, KafkaSettings kafka, TopicNames topics, ILogger logger,
        CancellationToken ct)
    {
        if (await ReplicationSlot.InspectAsync(connection, slot, ct) is not null)
        {
            return;
        }

        var end = await OwnPartition.LastSpineAsync(kafka, topics, options.NodeNumber, options.NodeNumber * options.PerNode, ct);
        if (end.Last is not null || end.IsEmptied)
        {
            var spine = end.Last is { } last ? $"ends at {last.DecodedLsn} (epoch {last.Epoch})" : "no longer holds what was published";
            throw new CaptureRefusedException(
                $"The slot {slot} is missing on {options.Node}, and the spine {spine}: "
                + "what committed since may be lost. See the runbook, 'a lost slot': a new epoch is needed.");
        }

        CaptureLog.SlotMade(logger, options.Node, slot, await ReplicationSlot.CreateAsync(connection, slot, ct));
    }

    /// <summary>Waits until the server says that this stream holds the slot, or the first read fails or brings a message.</summary>
    public static async Task<SlotState> HoldAsync(
        NpgsqlConnection connection, string slot, WalStream stream, Task firstRead, CancellationToken ct)
    {
        while (true)
        {
            if (firstRead.IsFaulted)
            {
                await firstRead;
            }

            var state = await ReplicationSlot.InspectAsync(connection, slot, ct)
                ?? throw new CaptureRefusedException($"The slot {slot} went away while it was being taken.");
            if (state.ActivePid == stream.ProcessId)
            {
                return state;
            }

            await Task.Delay(Limits.SlotLook, ct);
        }
    }
}
