using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

public sealed class VersionAssignerTests
{
    [Fact]
    public void An_ordinary_commit_keeps_its_own_tick() =>
        Assert.Equal(11, new VersionAssigner(10, 5, 7).Assign(11 * Tick.Microseconds));

    [Theory]
    [InlineData(20, 0, 0, 20)]
    [InlineData(0, 20, 0, 21)]
    [InlineData(0, 0, 20, 21)]
    [InlineData(30, 29, 12, 30)]
    [InlineData(30, 30, 12, 31)]
    public void A_late_commit_is_lifted_to_the_last_version_and_above_promise_and_applied(
        long last, long promised, long applied, long expected) =>
        Assert.Equal(expected, new VersionAssigner(last, promised, applied).Assign(10 * Tick.Microseconds));

    [Fact]
    public void Ticks_never_fall_and_promises_and_applied_ticks_neither()
    {
        var assigner = new VersionAssigner(0, 0, 0);
        Assert.Equal(50, assigner.Assign(50 * Tick.Microseconds));
        Assert.Equal(50, assigner.Assign(10 * Tick.Microseconds));
        Assert.Equal(60, assigner.Promise(60));
        Assert.Equal(60, assigner.Promise(40));
        Assert.Equal(61, assigner.Assign(10 * Tick.Microseconds));
        assigner.NoteApplied(70);
        assigner.NoteApplied(65);
        Assert.Equal(71, assigner.Assign(10 * Tick.Microseconds));
        Assert.Equal((71, 60, 70), (assigner.LastPublished, assigner.Watermark, assigner.LastApplied));
    }

    [Fact]
    public void Nothing_is_collected_until_every_origin_has_promised_as_far()
    {
        var watermarks = new Watermarks([0, 1, 2]);
        watermarks.Note(0, 20);
        watermarks.Note(1, 15);
        Assert.False(watermarks.MayCollect(Of(1)));

        watermarks.Note(2, 10);
        watermarks.Note(2, 4);
        Assert.Equal(10, watermarks.Least);
        Assert.True(watermarks.MayCollect(Of(10)));
        Assert.False(watermarks.MayCollect(Of(11)));
    }

    [Fact]
    public void A_node_holds_collection_from_when_it_joins_until_its_end_is_applied()
    {
        var watermarks = new Watermarks([0]);
        watermarks.Note(0, 20);
        watermarks.Note(1, 5);
        Assert.Equal(20, watermarks.Least);

        watermarks.Join(1);
        watermarks.Join(0);
        Assert.Equal((0, 2), (watermarks.Least, watermarks.Origins.Count));
        watermarks.Note(1, 15);
        Assert.Equal(15, watermarks.Least);
        watermarks.End(1);
        watermarks.Note(1, 16);
        Assert.Equal((20, 1), (watermarks.Least, watermarks.Origins.Count));
        watermarks.End(0);
        Assert.Equal(0, watermarks.Least);
    }

    static RowVersion Of(long tick) => new(tick, 2);
}
