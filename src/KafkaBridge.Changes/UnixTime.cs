namespace KafkaBridge.Changes;

/// <summary>Times as the log has them, microseconds since 1970 UTC, and as .NET has them.</summary>
public static class UnixTime
{
    public static long Now => Microseconds(DateTime.UtcNow);

    /// <param name="time">In UTC.</param>
    public static long Microseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTime At(long microseconds) => DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
