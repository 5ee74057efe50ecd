using KafkaBridge.Kafka.Nodes;

namespace KafkaBridge.Kafka.Tests;

public sealed class PeerClocksTests
{
    const long Second = 1_000_000;

    readonly Hand hand = new();
    readonly PeerClocks clocks;

    public PeerClocksTests() => clocks = new PeerClocks(hand);

    [Fact]
    public void The_furthest_of_the_others_counts_and_goes_on_by_itself()
    {
        Assert.Null(clocks.FurthestBut("eu"));
        clocks.Note("eu", 500 * Second);
        Assert.Null(clocks.FurthestBut("eu"));
        clocks.Note("us", 100 * Second);
        clocks.Note("ap", 103 * Second);
        hand.Seconds = 2;
        Assert.Equal(new PeerClock("ap", 105 * Second), clocks.FurthestBut("eu"));
        Assert.Equal(new PeerClock("eu", 502 * Second), clocks.FurthestBut("us"));
    }

    [Fact]
    public void A_report_that_was_long_on_its_way_does_not_count_within_a_minute_of_a_better_one()
    {
        clocks.Note("us", 100 * Second);
        hand.Seconds = 20;
        clocks.Note("us", 105 * Second);
        Assert.Equal(120 * Second, clocks.FurthestBut("eu")?.Microseconds);
        hand.Seconds = 61;
        clocks.Note("us", 110 * Second); // set back, or nothing better came for so long
        Assert.Equal(110 * Second, clocks.FurthestBut("eu")?.Microseconds);
        hand.Seconds = 62;
        clocks.Note("us", 120 * Second);
        Assert.Equal(120 * Second, clocks.FurthestBut("eu")?.Microseconds);
    }

    sealed class Hand : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
