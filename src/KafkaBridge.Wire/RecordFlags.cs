namespace KafkaBridge.Wire;

[Flags]
public enum RecordFlags : byte
{
    None = 0,

    /// <summary>The key is not a row's: TRUNCATE.</summary>
    ReservedKey = 1,

    /// <summary>Some columns travel in pieces; see <see cref="ChunkHeader"/>.</summary>
    Chunked = 2,

    /// <summary>Some columns are unchanged and not here; see <see cref="UnchangedHeader"/>.</summary>
    Unchanged = 4,
}
