namespace KafkaBridge.Changes.Conflicts;

/// <summary>What one transaction's writer had applied when it committed: tells true concurrency from succession.</summary>
public sealed class KnowledgeVector(int writer, IReadOnlyList<Knowledge> vector)
{
    public IReadOnlyList<Knowledge> Vector => vector;

    /// <summary>
    /// Whether the writer had applied that version, or wrote it. Without a position (visible rows have none) a version of
    /// the very tick that the writer had reached counts as known.
    /// </summary>
    public bool Knows(RowVersion version, TransactionPosition? position)
    {
        if (version.Writer == writer || version == RowVersion.Oldest)
        {
            return true;
        }

        foreach (var known in vector)
        {
            if (known.Node == version.Writer)
            {
                return position is { } exact ? exact <= known.Position : version.Tick <= known.Tick;
            }
        }

        return false;
    }
}
