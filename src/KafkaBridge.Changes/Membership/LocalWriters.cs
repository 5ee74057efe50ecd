namespace KafkaBridge.Changes.Membership;

/// <summary>
/// Who wrote a row that has no replication origin: this node; but in a physical copy, or a copy of one, rows older than the copy are
/// the copied node's.
/// </summary>
/// <param name="number">This node's.</param>
/// <param name="copies">
/// Each time the database was copied byte by byte, the oldest first: the first transaction id that the copy's sessions could have, and
/// the node that had been copied.
/// </param>
public sealed class LocalWriters(int number, IReadOnlyList<(uint NextXid, int Node)> copies)
{
    /// <summary>What the database of a node that is copied from this one has to know.</summary>
    public IReadOnlyList<(uint NextXid, int Node)> CopiedAt(uint nextXid) => [.. copies, (nextXid, number)];

    /// <summary>
    /// The number of the node whose session wrote it. Ids wrap: a row that is 2^31 transactions old reads as this node's, but such a row
    /// is frozen, and older than every horizon.
    /// </summary>
    public int Of(uint xmin)
    {
        foreach (var (nextXid, node) in copies)
        {
            if ((int)(xmin - nextXid) < 0)
            {
                return node;
            }
        }

        return number;
    }

    /// <summary>A session of this very node wrote it.</summary>
    public bool IsOwn(uint xmin) => Of(xmin) == number;
}
