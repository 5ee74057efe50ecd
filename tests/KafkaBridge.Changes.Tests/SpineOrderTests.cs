namespace KafkaBridge.Changes.Tests;

public class SpineOrderTests
{
    [Fact]
    public void A_transaction_counts_once_and_only_after_what_is_applied()
    {
        var order = new SpineOrder(At(10));

        Assert.False(order.Take(At(10)));
        Assert.True(order.Take(At(11)));
        Assert.False(order.Take(At(11)));
        Assert.True(order.Take(At(12)));
        Assert.True(order.Take(new TransactionPosition(2, new Lsn(1))));
        Assert.False(order.Take(At(13)));
    }

    [Fact]
    public void What_a_sleeper_writes_after_the_next_session_began_is_stale()
    {
        var order = new SpineOrder(default);

        Assert.False(order.IsStale(Record(epoch: 1, session: 3)));
        Assert.False(order.IsStale(Record(epoch: 1, session: 4)));
        Assert.True(order.IsStale(Record(epoch: 1, session: 3)));
        Assert.False(order.IsStale(Record(epoch: 2, session: 1)));
        Assert.True(order.IsStale(Record(epoch: 1, session: 9)));
    }

    static TransactionPosition At(ulong lsn) => new(1, new Lsn(lsn));

    static SpineRecord Record(int epoch, int session) => new()
    {
        Kind = SpineKind.Heartbeat,
        Node = 0,
        Session = session,
        Epoch = epoch,
        ConfigVersion = 1,
        DecodedLsn = new Lsn(1),
        Watermark = 0,
        Transactions = [],
        Applied = [],
    };
}
