namespace KafkaBridge.Changes;

/// <summary>
/// Assigns the version's tick of each transaction that this node publishes, in commit order (LSN). Commit times are not
/// in LSN order and clocks step back; the tick is monotone anyway, above every promise and above all that was applied
/// here before the commit.
/// </summary>
public sealed class VersionAssigner(long lastPublished, long watermark, long lastApplied)
{
    public long LastPublished { get; private set; } = lastPublished;

    /// <summary>The highest tick promised: nothing published later is at or below it.</summary>
    public long Watermark { get; private set; } = watermark;

    /// <summary>The highest tick applied here from other nodes by a transaction earlier in this node's WAL.</summary>
    public long LastApplied { get; private set; } = lastApplied;

    /// <summary>The WAL shows that a change of another node with this tick committed here.</summary>
    public void NoteApplied(long tick) => LastApplied = Math.Max(LastApplied, tick);

    /// <param name="commitTime">The server's commit time, microseconds since 1970 UTC.</param>
    public long Assign(long commitTime)
    {
        var tick = Math.Max(
            Math.Max(Tick.FromUnixMicroseconds(commitTime), LastPublished),
            Math.Max(Watermark, LastApplied) + 1);
        LastPublished = tick;
        return tick;
    }

    /// <summary>Promises that nothing later is at or below the tick; a lower promise than the last one changes nothing.</summary>
    /// <returns>The promise that holds.</returns>
    public long Promise(long tick) => Watermark = Math.Max(Watermark, tick);
}
