using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

public sealed class KnowledgeHistoryTests
{
    const int Of = 1;
    const int Node = 2;

    readonly KnowledgeHistory history = new();

    [Fact]
    public void The_first_transaction_that_knew_it_counts()
    {
        history.FollowFromBeginning(Node);
        Note(10, 100);
        Note(11, 100);
        Note(20, 200);
        Assert.Equal([10, 10, 20, long.MaxValue], new ulong[] { 50, 100, 101, 201 }.Select(KnownAt));
    }

    [Fact]
    public void What_was_known_before_the_start_counts_as_always_known()
    {
        Note(10, 100);
        Note(20, 200);
        Assert.Equal([0, 0, 20, long.MaxValue], new ulong[] { 50, 100, 101, 201 }.Select(KnownAt));
    }

    [Fact]
    public void Of_a_node_that_no_transaction_came_from_nothing_can_be_told() => Assert.Equal(0, KnownAt(1));

    [Fact]
    public void Who_never_knew_anything_of_a_node_knew_nothing()
    {
        history.Note(Node, Transaction(10));
        Assert.Equal(long.MaxValue, KnownAt(1));
    }

    [Fact]
    public void One_tick_takes_one_mark()
    {
        history.FollowFromBeginning(Node);
        Note(10, 100);
        Note(20, 200);
        Note(20, 300);
        Assert.Equal([10, 20, 20, long.MaxValue], new ulong[] { 100, 150, 300, 301 }.Select(KnownAt));
    }

    [Fact]
    public void What_is_forgotten_counts_as_always_known()
    {
        history.FollowFromBeginning(Node);
        for (var i = 1; i <= Limits.KnowledgeMarks + 1; i++)
        {
            Note(i, (ulong)i);
        }

        Assert.Equal(0, KnownAt(1));
        Assert.Equal(0, KnownAt((Limits.KnowledgeMarks / 2) + 1));
        Assert.Equal((Limits.KnowledgeMarks / 2) + 2, KnownAt((Limits.KnowledgeMarks / 2) + 2));
    }

    [Fact]
    public void The_node_itself_knows_nothing_of_what_it_is_applying()
    {
        Note(10, 100);
        Assert.Equal([long.MaxValue, 0, 0], history.KnownAt(Of, new TransactionPosition(1, new Lsn(50)), 3, self: 0));
    }

    void Note(long tick, ulong lsn) =>
        history.Note(Node, Transaction(tick, new Knowledge(Of, new TransactionPosition(1, new Lsn(lsn)), 0)));

    long KnownAt(ulong lsn) => history.KnownAt(Node, Of, new TransactionPosition(1, new Lsn(lsn)));

    static SpineTransaction Transaction(long tick, params Knowledge[] vector) => new()
    {
        CommitLsn = new Lsn(1),
        Xid = 1,
        CommitTime = 0,
        VersionTick = tick,
        SelfApply = false,
        RecordCount = 0,
        Extents = [],
        Vector = vector,
    };
}
