using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

public sealed class PositionTests
{
    [Theory]
    [InlineData("0/0", 0UL)]
    [InlineData("16/B374D848", 0x16_B374_D848UL)]
    [InlineData("FFFFFFFF/FFFFFFFF", ulong.MaxValue)]
    public void A_WAL_position_reads_and_writes_as_PostgreSQL_does(string text, ulong value)
    {
        Assert.Equal(new Lsn(value), Lsn.Parse(text));
        Assert.Equal(text, new Lsn(value).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("16")]
    [InlineData("16/")]
    [InlineData("/16")]
    [InlineData("16/B374D848/1")]
    [InlineData("100000000/0")]
    [InlineData("-1/0")]
    [InlineData(" 1/0x1")]
    public void What_is_no_WAL_position_is_refused_with_the_form(string text) =>
        Assert.Contains("16/B374D848", Assert.Throws<FormatException>(() => Lsn.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Positions_order_by_epoch_then_WAL_then_ordinal()
    {
        ChangePosition[] ordered = [At(1, 9, 9), At(2, 1, 0), At(2, 1, 3), At(2, 5, 0)];
        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.Equal("2:0/5#0", ordered[3].ToString());
        Assert.Equal("7@2", new RowVersion(7, 2).ToString());
        Assert.True(new TransactionPosition(1, new Lsn(9)) < new TransactionPosition(2, new Lsn(1)));
        Assert.True(new Lsn(0x8000_0000_0000_0000) > new Lsn(1));
    }

    [Fact]
    public void Operators_say_what_the_order_says()
    {
        var (low, high) = (At(1, 1, 0), At(1, 1, 1));
        Is(low < high, low <= high, high > low, high >= low, low <= At(1, 1, 0), low >= At(1, 1, 0));
        IsNot(high < low, high <= low, low > high, low >= high, low < At(1, 1, 0), low > At(1, 1, 0));

        var (first, second) = (At(1, 1, 0).Transaction, At(1, 2, 0).Transaction);
        var again = first with { };
        Is(first < second, first <= second, second > first, second >= first, first <= again, first >= again);
        IsNot(second < first, second <= first, first > second, first >= second, first < again, first > again);

        var (older, newer) = (new RowVersion(1, 0), new RowVersion(1, 1));
        var same = older with { };
        Is(older < newer, older <= newer, newer > older, newer >= older, older <= same, older >= same);
        IsNot(newer < older, newer <= older, older > newer, older >= newer, older < same, older > same);

        var (below, above) = (new Stamp(older, low), new Stamp(older, high));
        var equal = below with { };
        Is(below < above, below <= above, above > below, above >= below, below <= equal, below >= equal);
        IsNot(above < below, above <= below, below > above, below >= above, below < equal, below > equal);

        static void Is(params bool[] all) => Assert.All(all, Assert.True);
        static void IsNot(params bool[] all) => Assert.All(all, Assert.False);
    }

    [Fact]
    public void Stamps_order_by_tick_then_writer_then_position()
    {
        Stamp[] ordered =
        [
            new(RowVersion.Oldest, At(9, 9, 9)), new(new RowVersion(1, 2), At(1, 1, 0)),
            new(new RowVersion(2, 0), At(9, 9, 9)), new(new RowVersion(2, 1), At(1, 1, 0)), new(new RowVersion(2, 1), At(1, 1, 1)),
        ];
        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(RowVersion.Oldest < new RowVersion(0, 0));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3999, 1)]
    [InlineData(4000, 1)]
    [InlineData(4001, 2)]
    [InlineData(-1, 0)]
    [InlineData(-4000, -1)]
    [InlineData(-4001, -1)]
    [InlineData(1_763_735_577_123_456, 440_933_894_281)]
    public void A_tick_is_the_commit_time_rounded_up(long microseconds, long tick)
    {
        Assert.Equal(tick, Tick.FromUnixMicroseconds(microseconds));
        Assert.Equal(microseconds, Tick.CommitTime(tick, microseconds));
        Assert.Equal((tick + 5) * 4000, Tick.CommitTime(tick + 5, microseconds));
        Assert.Equal(tick + 5, Tick.FromUnixMicroseconds(Tick.CommitTime(tick + 5, microseconds)));
    }

    [Fact]
    public void A_vector_knows_what_its_writer_applied_or_wrote()
    {
        var vector = new KnowledgeVector(0, [new Knowledge(1, new TransactionPosition(1, new Lsn(50)), 10)]);
        Assert.True(vector.Knows(new RowVersion(99, 0), null));
        Assert.True(vector.Knows(RowVersion.Oldest, null));
        Assert.True(vector.Knows(new RowVersion(10, 1), null));
        Assert.False(vector.Knows(new RowVersion(11, 1), null));
        Assert.True(vector.Knows(new RowVersion(11, 1), new TransactionPosition(1, new Lsn(50))));
        Assert.False(vector.Knows(new RowVersion(10, 1), new TransactionPosition(1, new Lsn(51))));
        Assert.False(vector.Knows(new RowVersion(1, 2), null));
    }

    static ChangePosition At(int epoch, ulong lsn, int ordinal) => new(new TransactionPosition(epoch, new Lsn(lsn)), ordinal);

    [Theory]
    [InlineData("0/2000", "0/2000")]
    [InlineData("0/2018", "0/2000")] // behind a page's header
    [InlineData("0/2028", "0/2028")] // behind 16 bytes of a record that began on the page before
    [InlineData("3/5000028", "3/5000000")] // behind the header of a segment's first page
    [InlineData("3/5000018", "3/5000000")]
    [InlineData("0/2038", "0/2038")]
    public void An_insert_position_at_a_pages_start_is_taken_before_the_pages_header(string insert, string expected) =>
        Assert.Equal(Lsn.Parse(expected), Lsn.Parse(insert).WithoutPageHeader());
}
