using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

public sealed class KnowledgeHistoryTests
{
    static SpineTransaction Transaction(long tick, int of, ulong lsn) => new()
    {
        CommitLsn = new Lsn(1),
        Xid = 1,
        CommitTime = 0,
        VersionTick = tick,
        SelfApply = false,
        RecordCount = 0,
        Extents = [],
        Vector = [new Knowledge(of, new TransactionPosition(1, new Lsn(lsn)), 0)],
    };

    [Fact]
    public void The_first_transaction_that_knew_it_counts()
    {
        var history = new KnowledgeHistory();
        history.Note(2, Transaction(10, 1, 100));
        history.Note(2, Transaction(11, 1, 100));
        history.Note(2, Transaction(20, 1, 200));
        Assert.Equal(10, history.KnownAt(2, 1, new(1, new Lsn(50))));
        Assert.Equal(10, history.KnownAt(2, 1, new(1, new Lsn(100))));
        Assert.Equal(20, history.KnownAt(2, 1, new(1, new Lsn(101))));
        Assert.Equal(long.MaxValue, history.KnownAt(2, 1, new(1, new Lsn(201))));
        Assert.Equal(long.MaxValue, history.KnownAt(1, 2, new(1, new Lsn(1))));
    }
}
