namespace KafkaBridge.Apply;

/// <summary>Every bound of the applier.</summary>
static class Limits
{
    /// <summary>Bytes read and not yet applied of one origin, its queue's bound; one larger row alone passes.</summary>
    public const long OriginBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of one topic-partition that wait for their turn before its fetching is paused; it goes on at a quarter.</summary>
    public const long PartitionBytes = 8 * 1024 * 1024;

    /// <summary>What an item counts for besides its values.</summary>
    public const int ItemBytes = 200;

    /// <summary>Offsets to read over rather than to seek past.</summary>
    public const long SeekGap = 10_000;

    /// <summary>A value in pieces: PostgreSQL's own bound of one.</summary>
    public const long ChunkedValueBytes = 1L << 30;
}
