using KafkaBridge.Apply.ForeignKeys;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

public sealed class LookingTests
{
    [Fact]
    public void It_waits_for_every_node_that_may_not_know_of_the_delete_yet()
    {
        var applied = new Dictionary<(int, int), TransactionPosition> { [(1, 0)] = At(50), [(2, 0)] = At(20), [(2, 1)] = At(70) };
        TransactionPosition Applied(int node, int of) => applied.GetValueOrDefault((node, of));

        Assert.True(Looking.UpTo(0, [0], Applied) > At(ulong.MaxValue));
        Assert.Equal(At(50), Looking.UpTo(0, [0, 1], Applied));
        Assert.Equal(At(20), Looking.UpTo(0, [0, 1, 2], Applied));
        Assert.Equal(default, Looking.UpTo(1, [0, 1, 2], Applied)); // node 0 has not said anything of 1
    }

    [Fact]
    public void A_delete_that_is_not_looked_at_yet_is_not_told_as_looked_at()
    {
        Assert.Equal(At(90), Looking.Done(At(90), next: null));
        Assert.True(Looking.Done(At(90), At(70)) < At(70));
        Assert.True(Looking.Done(At(90), At(70)) >= At(69));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(-1, 1)] // from before replication
    [InlineData(7, 1)] // no node of the cluster
    public void Who_wrote_the_row_deals_with_it(int writer, int decider) => Assert.Equal(decider, Looking.Decider(writer, [3, 1, 2]));

    static TransactionPosition At(ulong lsn) => new(0, new Lsn(lsn));
}
