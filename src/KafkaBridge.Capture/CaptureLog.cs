using KafkaBridge.Changes;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Capture;

/// <summary>All of capture's log messages. Event ids 1000 to 1099; no row values.</summary>
static partial class CaptureLog
{
    [LoggerMessage(1000, LogLevel.Information, "{Node}: capture session {Session} (epoch {Epoch}) reads slot {Slot} from {Lsn}.")]
    public static partial void SessionStarted(ILogger logger, string node, int session, int epoch, string slot, Lsn lsn);

    [LoggerMessage(1001, LogLevel.Warning, "{Node}: the capture session ended; the next begins in {Delay}.")]
    public static partial void SessionEnded(ILogger logger, string node, TimeSpan delay, Exception error);

    [LoggerMessage(1002, LogLevel.Information, "{Node}: made slot {Slot}; the log begins at {Lsn}.")]
    public static partial void SlotMade(ILogger logger, string node, string slot, Lsn lsn);

    [LoggerMessage(1003, LogLevel.Warning, "Kafka: {Message}")]
    public static partial void Kafka(ILogger logger, string message);

    [LoggerMessage(1004, LogLevel.Error, "{Node}: nothing is published. {Sentence}.")]
    public static partial void Held(ILogger logger, string node, string sentence);

    [LoggerMessage(1005, LogLevel.Information, "{Node}: the clocks agree again; publishing goes on.")]
    public static partial void Released(ILogger logger, string node);

    [LoggerMessage(1006, LogLevel.Information, "{Node}: from {Lsn} on the stream leaves out what was applied here from other nodes.")]
    public static partial void LeavesOut(ILogger logger, string node, Lsn lsn);
}
