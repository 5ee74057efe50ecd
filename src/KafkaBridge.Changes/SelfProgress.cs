namespace KafkaBridge.Changes;

/// <summary>
/// How far a node has applied its own deletes to itself, flushed: its slot is never confirmed beyond. Set by the
/// applier, read by capture.
/// </summary>
public sealed class SelfProgress
{
    ulong flushed;

    public Lsn Flushed => new(Volatile.Read(ref flushed));

    public void Advance(Lsn lsn)
    {
        if (lsn > Flushed)
        {
            Volatile.Write(ref flushed, lsn.Value);
        }
    }
}
