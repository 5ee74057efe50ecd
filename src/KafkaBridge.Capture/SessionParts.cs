using System.Threading.Channels;
using KafkaBridge.Capture.Publishing;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture;

/// <summary>What a session is made of, for the task that reads.</summary>
/// <param name="AppliedBefore">What the node had applied of each writer where the session goes on.</param>
sealed record SessionParts(
    RelationCache Relations,
    TransactionPublisher Publisher,
    SpineWriter Spine,
    Signal Acknowledged,
    ChannelReader<ClockReading> Clock,
    ClockGuard Guard,
    IReadOnlyList<Knowledge> AppliedBefore);
