namespace KafkaBridge.Changes;

/// <summary>
/// One for all sessions that apply to one database: two of them never change the same row at once, whoever wrote it. Who
/// asked first goes first, so nobody waits for ever; who asks holds nothing yet, so nobody waits in a circle.
/// </summary>
public sealed class DependencyTracker
{
    readonly Lock guard = new();
    readonly List<Turn> turns = []; // in the order of asking, a session has one at most

    /// <param name="writes">Not to be changed until the turn is over.</param>
    public Turn Ask(WriteSet writes)
    {
        lock (guard)
        {
            var turn = new Turn(this, writes, [.. turns.Where(earlier => earlier.Writes.Overlaps(writes))]);
            turns.Add(turn);
            return turn;
        }
    }

    void End(Turn turn)
    {
        lock (guard)
        {
            turns.Remove(turn);
            turns.ForEach(other => other.Follow(turn));
        }
    }

    /// <summary>One session's turn: begun when granted, over when disposed of, granted or not.</summary>
    public sealed class Turn : IDisposable
    {
        readonly DependencyTracker tracker;
        readonly HashSet<Turn> before;
        readonly TaskCompletionSource granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Turn(DependencyTracker tracker, WriteSet writes, HashSet<Turn> before)
        {
            (this.tracker, Writes, this.before) = (tracker, writes, before);
            Follow(null);
        }

        /// <summary>Completes when no earlier turn that it overlaps is left.</summary>
        public Task Granted => granted.Task;

        internal WriteSet Writes { get; }

        public void Dispose() => tracker.End(this);

        internal void Follow(Turn? ended)
        {
            if (ended is not null)
            {
                before.Remove(ended);
            }

            if (before.Count == 0)
            {
                granted.TrySetResult();
            }
        }
    }
}
