using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Publishing;

/// <param name="Decoded">All that committed before it has been decoded.</param>
/// <param name="Watermark">Nothing decoded later has a tick at or below it.</param>
/// <param name="Applied">What the node had applied of every other, and of itself, up to there.</param>
sealed record HeartbeatEntry(Lsn Decoded, long Watermark, IReadOnlyList<Knowledge> Applied);
