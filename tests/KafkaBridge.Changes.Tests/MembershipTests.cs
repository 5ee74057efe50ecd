using KafkaBridge.Changes.Membership;

namespace KafkaBridge.Changes.Tests;

public sealed class MembershipTests
{
    static readonly NodeCopy Copy = new(Source: 1, At(1, 50), Horizon: 20);

    [Fact]
    public void A_copied_row_keeps_its_version_above_the_horizon_and_where_its_order_counts()
    {
        Assert.Null(Copy.ExactVersion(new RowVersion(20, 2), isMeasured: false));
        Assert.Equal(new RowVersion(21, 2), Copy.ExactVersion(new RowVersion(21, 2), isMeasured: false));
        Assert.Equal(new RowVersion(20, 2), Copy.ExactVersion(new RowVersion(20, 2), isMeasured: true));
    }

    [Fact]
    public void A_copy_holds_the_sources_transactions_up_to_its_place_and_has_settled_those_up_to_the_horizon()
    {
        Assert.True(Copy.Holds(1, At(1, 50)));
        Assert.False(Copy.Holds(1, At(1, 51)));
        Assert.False(Copy.Holds(2, At(1, 50)));
        Assert.True(Copy.HasSettled(1, At(1, 50), tick: 20));
        Assert.False(Copy.HasSettled(1, At(1, 50), tick: 21));
        Assert.False(Copy.HasSettled(1, At(1, 51), tick: 20));
    }

    [Fact]
    public void A_node_is_admitted_when_all_count_it_and_it_has_applied_what_they_had()
    {
        var admission = new Admission(Copy, announced: 3, [0, 1]);
        admission.Read(1, At(1, 60), membersRead: 4, watermark: 30, []);
        admission.Read(0, At(1, 9), membersRead: 3, watermark: 90, []);
        Assert.Null(admission.FirstWatermark(_ => At(1, 99)));

        admission.Read(0, At(1, 9), membersRead: 4, watermark: 25, [new Knowledge(1, At(1, 55), 28)]);
        Assert.Null(admission.FirstWatermark(_ => At(1, 54)));
        Assert.Equal(30, admission.FirstWatermark(_ => At(1, 55)));
        Assert.Null(admission.Again().FirstWatermark(_ => At(1, 99)));
    }

    [Fact]
    public void A_copy_is_void_when_its_source_goes_on_otherwise_or_ends_before_it_has_published_what_the_copy_holds()
    {
        var failedOver = new Admission(Copy, announced: 0, []);
        failedOver.Read(1, At(1, 49), membersRead: 0, watermark: 0, []);
        failedOver.Read(1, At(2, 60), membersRead: 0, watermark: 0, []);
        Assert.True(failedOver.IsVoid);
        Assert.Null(failedOver.FirstWatermark(_ => At(9, 99)));

        var ended = new Admission(Copy, announced: 0, [2]);
        ended.End(2);
        Assert.False(ended.IsVoid);
        ended.End(1);
        Assert.True(ended.IsVoid);

        var whole = new Admission(Copy, announced: 0, []);
        whole.Read(1, At(1, 50), membersRead: 0, watermark: 0, []);
        whole.Read(1, At(2, 40), membersRead: 0, watermark: 0, []);
        whole.End(1);
        Assert.Equal((true, false), (whole.IsWhole, whole.IsVoid));
    }

    [Fact]
    public void Rows_without_an_origin_are_of_the_node_that_was_copied_when_they_were_written()
    {
        var second = new LocalWriters(2, new LocalWriters(1, [(100, 0)]).CopiedAt(500));
        Assert.Equal((0, 1, 1, 2), (second.Of(99), second.Of(100), second.Of(499), second.Of(500)));
        Assert.True(second.IsOwn(500));
        Assert.False(second.IsOwn(499));
        Assert.Equal(1, new LocalWriters(2, [(5, 1)]).Of(uint.MaxValue)); // ids wrap
    }

    [Fact]
    public void A_database_has_what_was_committed_before_each_fork_whenever_it_was_published()
    {
        var timelines = Timelines.First.Fork(1, new Lsn(10));
        Assert.Equal(2, timelines.Epoch);
        Assert.Equal((true, false, true, true), (Holds(1, 10), Holds(1, 11), Holds(2, 9), Holds(2, 30)));

        timelines = timelines.Fork(1, new Lsn(20)); // a backup that had the first incarnation up to 20
        Assert.Equal((true, false), (Holds(1, 20), Holds(1, 21)));
        Assert.Equal((true, false, true), (Holds(2, 10), Holds(2, 11), Holds(3, 15)));

        timelines = timelines.Fork(3, new Lsn(12));
        Assert.Equal((true, false, true, false), (Holds(1, 12), Holds(1, 13), Holds(4, 12), Holds(3, 25)));

        bool Holds(int epoch, ulong lsn) => timelines.Holds(At(epoch, lsn));
    }

    [Fact]
    public void A_node_goes_on_unless_its_log_went_on_without_what_it_has()
    {
        var timelines = Timelines.First.Fork(1, new Lsn(10));
        Assert.True(timelines.MayGoOn([At(1, 5)], new Lsn(9)));
        Assert.True(timelines.MayGoOn([At(1, 9), At(1, 12)], new Lsn(9)));
        Assert.False(timelines.MayGoOn([At(1, 5), At(1, 12)], new Lsn(9)));
        Assert.True(timelines.MayGoOn([At(1, 12)], Lsn.Invalid));
    }

    static TransactionPosition At(int epoch, ulong lsn) => new(epoch, new Lsn(lsn));
}
