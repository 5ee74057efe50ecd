using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

public sealed class CautionsTests
{
    const int Origin = 2;

    readonly Cautions cautions = new();

    [Fact]
    public void After_a_failure_one_by_one_until_all_that_was_in_hand_is_through()
    {
        Assert.True(cautions.BeginOneByOne(Origin, [At(10), At(20), At(30)]));
        Assert.True(cautions.IsOneByOne(Origin, default));
        Assert.True(cautions.IsOneByOne(Origin, At(29)));
        Assert.False(cautions.IsOneByOne(Origin, At(30)));
        Assert.False(cautions.IsOneByOne(Origin, new TransactionPosition(2, new Lsn(1)))); // of a later epoch
        Assert.False(cautions.IsOneByOne(Origin + 1, default));
    }

    [Fact]
    public void One_transaction_in_hand_is_the_very_one()
    {
        Assert.False(cautions.BeginOneByOne(Origin, [At(10)]));
        Assert.False(cautions.BeginOneByOne(Origin, []));
        Assert.False(cautions.IsOneByOne(Origin, default));
    }

    [Fact]
    public void A_later_failure_begins_anew()
    {
        cautions.BeginOneByOne(Origin, [At(10), At(20)]);
        Assert.True(cautions.BeginOneByOne(Origin, [At(40), At(50)]));
        Assert.True(cautions.IsOneByOne(Origin, At(40)));
        Assert.False(cautions.IsOneByOne(Origin, At(50)));
    }

    [Fact]
    public void The_transaction_that_failed_after_a_copy_is_applied_without_and_the_others_as_ever()
    {
        Assert.True(cautions.MayCopy(Origin, At(10)));
        cautions.NoteCopyFailed(Origin, At(10));
        Assert.False(cautions.MayCopy(Origin, At(10)));
        Assert.True(cautions.MayCopy(Origin, At(20)));
        Assert.True(cautions.MayCopy(Origin + 1, At(10)));
    }

    static TransactionPosition At(ulong lsn) => new(1, new Lsn(lsn));
}
