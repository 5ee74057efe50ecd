namespace KafkaBridge.Changes.Membership;

/// <summary>
/// A node's incarnations and where each left an earlier one: a standby took over, or a backup was restored, not always one of the
/// incarnation before. Says which of the node's published transactions its database has, and which are lost to it, so that it has
/// to read them back.
/// </summary>
public sealed class Timelines
{
    readonly (int From, Lsn At)[] forks; // of epoch 2, 3, …

    Timelines((int From, Lsn At)[] forks) => this.forks = forks;

    public static Timelines First { get; } = new([]);

    public int Epoch => forks.Length + 1;

    /// <summary>The database is that of an epoch at some place, and a new epoch begins.</summary>
    /// <param name="at">The last transaction that it has commits at or before this place.</param>
    public Timelines Fork(int from, Lsn at) => new([.. forks, (from, at)]);

    /// <summary>
    /// Whether the node may write from here on. Not if the database has own transactions that were never published, and the log went on
    /// without them: published now they would seem to know what they don't. Such a node is to be copied from another.
    /// </summary>
    /// <param name="published">The node's own log.</param>
    /// <param name="lastCommit">The last transaction of a session of this node in the database.</param>
    public bool MayGoOn(IReadOnlyCollection<TransactionPosition> published, Lsn lastCommit) =>
        published.All(Holds) || published.Any(own => own.CommitLsn >= lastCommit && Holds(own)) || lastCommit == Lsn.Invalid;

    /// <summary>
    /// Whether the database has what the transaction did. Its epoch alone doesn't say: what was committed before a fork may be
    /// published after it.
    /// </summary>
    public bool Holds(TransactionPosition own)
    {
        var (epoch, lsn) = (own.Epoch, own.CommitLsn);
        while (epoch > 1 && lsn <= ForkOf(epoch).At)
        {
            epoch = ForkOf(epoch).From;
        }

        var present = Epoch;
        for (var end = new Lsn(ulong.MaxValue); lsn <= end; present = ForkOf(present).From)
        {
            if (present <= epoch)
            {
                return present == epoch;
            }

            end = ForkOf(present).At < end ? ForkOf(present).At : end;
        }

        return false;
    }

    (int From, Lsn At) ForkOf(int epoch) => forks[epoch - 2];
}
