using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Publishing;

/// <param name="Decoded">All that committed before it has been decoded.</param>
/// <param name="Watermark">Nothing decoded later has a tick at or below it.</param>
/// <param name="Applied">What the node had applied of every other, and of itself, up to there.</param>
/// <param name="AccountedTo">What was applied here before it is among what is said to be applied, or was never committed.</param>
sealed record HeartbeatEntry(Lsn Decoded, long Watermark, IReadOnlyList<Knowledge> Applied, Lsn AccountedTo)
{
    readonly TaskCompletionSource acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it stands in the spine, and all before it.</summary>
    public Task Acknowledged => acknowledged.Task;

    public void SetAcknowledged() => acknowledged.SetResult();
}
