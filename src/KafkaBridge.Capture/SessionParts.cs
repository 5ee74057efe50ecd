using System.Threading.Channels;
using KafkaBridge.Capture.Publishing;
using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture;

/// <summary>What a session is made of, for the task that reads.</summary>
/// <param name="AppliedBefore">What the node had applied of each writer where the session goes on.</param>
/// <param name="MarkKey">What stands in the marks of this node; null: it has no marks.</param>
/// <param name="LeaveOut">Begins the stream anew, without what has an origin, from where all before is in the spine.</param>
sealed record SessionParts(
    SourceCatalog Catalog,
    RelationCache Relations,
    TransactionPublisher Publisher,
    SpineWriter Spine,
    Signal Acknowledged,
    ChannelReader<ClockReading> Clock,
    ClockGuard Guard,
    OtherOrigins Others,
    IReadOnlyList<Knowledge> AppliedBefore,
    string? MarkKey,
    Func<Lsn, Task<(WalStream Wal, Task<bool> FirstRead)>> LeaveOut);
