using KafkaBridge.Changes;

namespace KafkaBridge.Capture;

public enum CaptureState { Starting, Running, Reconnecting, Stopped, Failed }

/// <summary>A moment's view of a capture: counted since the process started.</summary>
/// <param name="Decoded">Everything committed before it has been read.</param>
/// <param name="Acknowledged">The end of the last spine record that Kafka has acknowledged.</param>
/// <param name="Confirmed">The slot may forget everything before it.</param>
/// <param name="InFlight">Records produced and not acknowledged.</param>
/// <param name="LastError">A sentence; null while nothing failed.</param>
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
    string? LastError);
