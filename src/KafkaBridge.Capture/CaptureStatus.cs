using KafkaBridge.Changes;

namespace KafkaBridge.Capture;

public enum CaptureState { Starting, Running, Reconnecting, Stopped, Failed }

/// <summary>A moment's view of a capture: counted since the process started.</summary>
/// <param name="Decoded">Everything committed before it has been read.</param>
/// <param name="Acknowledged">The end of the last spine record that Kafka has acknowledged.</param>
/// <param name="Confirmed">The slot may forget everything before it.</param>
/// <param name="InFlight">Records produced and not acknowledged.</param>
/// <param name="LastError">A sentence; null while nothing failed.</param>
/// <param name="PublishedTime">
/// All that committed before it is in Kafka: microseconds since 1970 by the server's clock; 0: not known yet.
/// </param>
/// <param name="ClockSkew">What the server's clock is ahead of this machine's; null: not read yet.</param>
/// <param name="Events">Changes that Kafka has acknowledged, by table and kind.</param>
public sealed record CaptureStatus(
    CaptureState State,
    int Session,
    Lsn Decoded,
    Lsn Acknowledged,
    Lsn Confirmed,
    long LastTick,
    long Watermark,
    long Transactions,
    long Records,
    long Lifted,
    long InFlight,
    string? LastError,
    long PublishedTime,
    TimeSpan? ClockSkew,
    IReadOnlyList<TableEvents> Events)
{
    /// <summary>Why nothing is published although all is well otherwise: the server's clock is ahead; null: it is not.</summary>
    public string? Held { get; init; }

    /// <summary>How old the oldest commit that is not in Kafka yet may be; null: not known yet.</summary>
    /// <param name="now">By this machine's clock, in UTC.</param>
    public TimeSpan? Lag(DateTime now) => PublishedTime == 0
        ? null
        : TimeSpan.FromMicroseconds(Math.Max(0, UnixTime.Microseconds(now + (ClockSkew ?? TimeSpan.Zero)) - PublishedTime));
}

/// <param name="Op">c, u, d or t, as in the record.</param>
public readonly record struct TableEvents(RelationName Table, char Op, long Count);
