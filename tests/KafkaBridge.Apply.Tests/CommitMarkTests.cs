using KafkaBridge.Apply.Applying;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Tests;

public sealed class CommitMarkTests
{
    readonly CommitMark mark = new();

    [Fact]
    public void A_mark_is_reached_when_older_ones_have_ended_are_applied_here_and_are_passed_by_the_horizon()
    {
        Assert.Null(Look(xid: 100, oldest: 90, end: 1000, self: 2000, applied: 50, settled: 60)); // 90 runs
        Assert.Null(Look(xid: 100, oldest: 100, end: 1100, self: 2000, applied: 51, settled: 60)); // it itself was not yet seen to end
        Assert.Null(Look(xid: 100, oldest: 101, end: 1200, self: 1100, applied: 52, settled: 60)); // 1200 is not applied here
        Assert.Null(Look(xid: 110, oldest: 111, end: 1300, self: 1199, applied: 53, settled: 60));
        Assert.Null(Look(xid: 110, oldest: 111, end: 1300, self: 1200, applied: 70, settled: 69)); // something at 70 may be older than 100
        Assert.Equal(100u, Look(xid: 120, oldest: 121, end: 1400, self: 1300, applied: 90, settled: 70));
        Assert.Null(Look(xid: 120, oldest: 121, end: 1400, self: 1399, applied: 90, settled: 95));
        Assert.Equal(120u, Look(xid: 120, oldest: 121, end: 1500, self: 1400, applied: 90, settled: 95));
    }

    [Fact]
    public void What_noted_the_mark_is_no_reason_for_another()
    {
        Assert.Equal(100u, Look(xid: 100, oldest: 101, end: 10, self: 10, applied: 5, settled: 5));
        mark.NotedBy(102);
        Assert.Null(Look(xid: 102, oldest: 200, end: 20, self: 20, applied: 5, settled: 5));
        Assert.Equal(150u, Look(xid: 150, oldest: 200, end: 20, self: 20, applied: 5, settled: 5));
    }

    [Fact]
    public void Transaction_ids_begin_anew_after_two_to_the_thirty_second()
    {
        Assert.Null(Look(xid: uint.MaxValue - 1, oldest: uint.MaxValue - 5, end: 10, self: 10, applied: 5, settled: 5));
        Assert.Equal(uint.MaxValue - 1, Look(xid: 10, oldest: 7, end: 10, self: 10, applied: 5, settled: 5));
    }

    uint? Look(uint xid, uint oldest, ulong end, ulong self, long applied, long settled) =>
        mark.Look(xid, oldest, new Lsn(end), new Lsn(self), applied, settled);
}
