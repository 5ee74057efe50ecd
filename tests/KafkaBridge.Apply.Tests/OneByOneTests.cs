using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

public sealed class OneByOneTests
{
    const int Origin = 2;

    readonly OneByOne oneByOne = new();

    [Fact]
    public void After_a_failure_one_by_one_until_all_that_was_in_hand_is_through()
    {
        Assert.True(oneByOne.Begin(Origin, [At(10), At(20), At(30)]));
        Assert.True(oneByOne.Holds(Origin, default));
        Assert.True(oneByOne.Holds(Origin, At(29)));
        Assert.False(oneByOne.Holds(Origin, At(30)));
        Assert.False(oneByOne.Holds(Origin, new TransactionPosition(2, new Lsn(1)))); // of a later epoch
        Assert.False(oneByOne.Holds(Origin + 1, default));
    }

    [Fact]
    public void One_transaction_in_hand_is_the_very_one()
    {
        Assert.False(oneByOne.Begin(Origin, [At(10)]));
        Assert.False(oneByOne.Begin(Origin, []));
        Assert.False(oneByOne.Holds(Origin, default));
    }

    [Fact]
    public void A_later_failure_begins_anew()
    {
        oneByOne.Begin(Origin, [At(10), At(20)]);
        Assert.True(oneByOne.Begin(Origin, [At(40), At(50)]));
        Assert.True(oneByOne.Holds(Origin, At(40)));
        Assert.False(oneByOne.Holds(Origin, At(50)));
    }

    static TransactionPosition At(ulong lsn) => new(1, new Lsn(lsn));
}
