namespace KafkaBridge.Broker.Log;

/// <summary>What a topic's settings mean for its partitions' logs.</summary>
sealed record LogSettings
{
    public required int SegmentBytes { get; init; }
    public required long SegmentMs { get; init; }

    /// <summary>Negative: for ever.</summary>
    public required long RetentionMs { get; init; }

    /// <summary>Negative: without bound.</summary>
    public required long RetentionBytes { get; init; }
    public required int MaxMessageBytes { get; init; }
    public required bool IsCompacted { get; init; }
    public required bool IsDeleted { get; init; }
    public required long DeleteRetentionMs { get; init; }
    public required long MinCompactionLagMs { get; init; }
    public required double MinDirtyRatio { get; init; }
    public required bool LogAppendTime { get; init; }
    public required long TimestampAfterMaxMs { get; init; }
    public required long TimestampBeforeMaxMs { get; init; }
}
