using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture.Tests;

public sealed class SessionStartTests
{
    [Fact]
    public void The_first_session_begins_at_the_slots_consistent_point() =>
        Assert.Equal(new SessionStart(1, new Lsn(500), 0, []), Decide(Slot(500), null, 1));

    [Fact]
    public void The_next_skips_what_the_spine_has_and_keeps_the_promise()
    {
        var start = Decide(Slot(500), Last(1, 700), 1);
        Assert.Equal(new SessionStart(4, new Lsn(700), 42, Applied), start);
        Assert.True(start.IsPublished(new Lsn(699)));
        Assert.False(start.IsPublished(new Lsn(700)));
    }

    [Fact]
    public void A_slot_beyond_the_spine_is_refused_with_the_numbers()
    {
        var error = Assert.Throws<CaptureRefusedException>(() => Decide(Slot(0x800), Last(1, 0x700), 1));
        Assert.Contains("0/800", error.Message, StringComparison.Ordinal);
        Assert.Contains("0/700", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_epoch_begins_at_the_slot_and_an_old_one_is_refused()
    {
        Assert.Equal(new SessionStart(4, new Lsn(800), 42, null), Decide(Slot(800), Last(1, 700), 2));
        Assert.Throws<CaptureRefusedException>(() => Decide(Slot(500), Last(2, 700), 1));
    }

    [Theory]
    [InlineData("10:20:", 9u, true)]
    [InlineData("10:20:", 19u, true)]
    [InlineData("10:20:12,15", 15u, false)]
    [InlineData("10:20:", 20u, false)]
    [InlineData("4294967290:4294967300:", uint.MaxValue, true)]
    [InlineData("4294967290:4294967300:4294967298", 2u, false)]
    public void A_transaction_is_visible_when_the_snapshot_sees_it(string snapshot, uint xid, bool visible) =>
        Assert.Equal(visible, SourceCatalog.IsVisible(snapshot, xid));

    [Fact]
    public void A_server_that_went_back_and_a_spine_that_lost_its_end_are_refused_with_the_numbers()
    {
        var back = Assert.Throws<CaptureRefusedException>(
            () => SessionStart.Decide(Slot(0x500), Last(1, 0x700), 1, new Lsn(0x600), default));
        Assert.Contains("0/500", back.Message, StringComparison.Ordinal);
        Assert.Contains("0/700", back.Message, StringComparison.Ordinal);
        Assert.Contains("0/600", back.Message, StringComparison.Ordinal);

        var lost = Assert.Throws<CaptureRefusedException>(
            () => SessionStart.Decide(Slot(0x500), Last(1, 0x700), 1, new Lsn(0x900), new TransactionPosition(1, new Lsn(0x800))));
        Assert.Contains("1:0/800", lost.Message, StringComparison.Ordinal);
        Assert.Throws<CaptureRefusedException>(
            () => SessionStart.Decide(Slot(0x500), null, 1, new Lsn(0x900), new TransactionPosition(1, new Lsn(0x800))));
    }

    [Fact]
    public void Another_timeline_is_refused_and_one_that_was_not_noted_is_taken()
    {
        SessionStart.RequireSameTimeline(new SourceHistory(false, 2, null, default));
        SessionStart.RequireSameTimeline(new SourceHistory(false, 2, 2, default));
        Assert.Throws<CaptureRefusedException>(() => SessionStart.RequireSameTimeline(new SourceHistory(false, 2, 1, default)));
    }

    static SessionStart Decide(SlotState slot, SpineRecord? last, int epoch) =>
        SessionStart.Decide(slot, last, epoch, new Lsn(ulong.MaxValue), default);

    static readonly Knowledge[] Applied = [new Knowledge(1, new TransactionPosition(1, new Lsn(9)), 3)];

    static SlotState Slot(ulong confirmed) => new("s", "pgoutput", "d", null, new Lsn(confirmed), default, "reserved", 0);

    static SpineRecord Last(int epoch, ulong decoded) => new()
    {
        Kind = SpineKind.Heartbeat, Node = 0, Session = 3, Epoch = epoch, ConfigVersion = 1, DecodedLsn = new Lsn(decoded),
        Watermark = 42, Transactions = [], Applied = Applied,
    };
}
