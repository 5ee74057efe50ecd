namespace KafkaBridge.Changes;

/// <summary>
/// Which entries of one origin's spine count, in the order of its partition. A process that was stopped and wakes again
/// may still write entries of its old session, after those of the new one: they are passed over, and so is a transaction
/// that came before.
/// </summary>
public sealed class SpineOrder(TransactionPosition applied)
{
    (int Epoch, int Session) newest;
    TransactionPosition last = applied;

    /// <summary>Whether the record is of a session that another has followed.</summary>
    public bool IsStale(SpineRecord record)
    {
        var session = (record.Epoch, record.Session);
        if (session.CompareTo(newest) < 0)
        {
            return true;
        }

        newest = session;
        return false;
    }

    /// <summary>Whether the transaction comes after all before it; then it is the last one from now on.</summary>
    public bool Take(TransactionPosition position)
    {
        if (position <= last)
        {
            return false;
        }

        last = position;
        return true;
    }
}
