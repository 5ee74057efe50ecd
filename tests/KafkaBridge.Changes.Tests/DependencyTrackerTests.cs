namespace KafkaBridge.Changes.Tests;

public class DependencyTrackerTests
{
    [Fact]
    public void Rows_of_one_key_meet_and_others_do_not()
    {
        Assert.True(Row(1, 7).Overlaps(Row(1, 7)));
        Assert.False(Row(1, 7).Overlaps(Row(1, 8)));
        Assert.False(Row(1, 7).Overlaps(Row(2, 7)));
        Assert.False(Row(1, -1).Overlaps(Row(0, -1)));
    }

    [Fact]
    public void A_whole_table_meets_all_its_rows_and_everything_meets_everything()
    {
        Assert.True(Table(1).Overlaps(Row(1, 7)));
        Assert.True(Row(1, 7).Overlaps(Table(1)));
        Assert.True(Table(1).Overlaps(Table(1)));
        Assert.False(Table(1).Overlaps(Row(2, 7)));
        Assert.True(WriteSet.Everything.Overlaps(Table(3)));
        Assert.True(Row(3, 3).Overlaps(WriteSet.Everything));
    }

    [Fact]
    public void Who_asked_first_goes_first_also_past_one_that_waits()
    {
        var tracker = new DependencyTracker();
        var first = tracker.Ask(Row(1, 7));
        var table = tracker.Ask(Table(1));
        var second = tracker.Ask(Row(1, 8)); // would fit beside the first, and the table's turn would never come
        var other = tracker.Ask(Row(2, 7));

        Assert.True(first.Granted.IsCompleted);
        Assert.False(table.Granted.IsCompleted);
        Assert.False(second.Granted.IsCompleted);
        Assert.True(other.Granted.IsCompleted);
        first.Dispose();
        Assert.True(table.Granted.IsCompleted);
        Assert.False(second.Granted.IsCompleted);
        table.Dispose();
        Assert.True(second.Granted.IsCompleted);
    }

    [Fact]
    public void One_that_gives_up_waiting_holds_nobody()
    {
        var tracker = new DependencyTracker();
        var first = tracker.Ask(Row(1, 7));
        var waits = tracker.Ask(Row(1, 7));
        var last = tracker.Ask(Row(1, 7));

        waits.Dispose();
        Assert.False(last.Granted.IsCompleted);
        first.Dispose();
        Assert.True(last.Granted.IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_any_that_ask_no_two_that_meet_are_at_it_at_once_and_all_get_there(int seed)
    {
        var random = new Random(seed);
        var tracker = new DependencyTracker();
        var open = new List<(WriteSet Writes, DependencyTracker.Turn Turn)>();
        var together = 0;
        for (var step = 0; step < 20_000; step++)
        {
            if (open.Count < 5 && step < 19_000)
            {
                var writes = Any(random);
                open.Add((writes, tracker.Ask(writes)));
            }

            var granted = open.Where(one => one.Turn.Granted.IsCompleted).ToList();
            Assert.False(open.Count > 0 && granted.Count == 0, "all wait");
            foreach (var (one, i) in granted.Select((one, i) => (one, i)))
            {
                Assert.DoesNotContain(granted.Skip(i + 1), other => other.Writes.Overlaps(one.Writes));
            }

            together = Math.Max(together, granted.Count);
            if (open.Count == 5 || step >= 19_000 && granted.Count > 0)
            {
                var ended = granted[random.Next(granted.Count)];
                ended.Turn.Dispose();
                open.Remove(ended);
            }
        }

        Assert.Empty(open);
        Assert.True(together > 2);
    }

    static WriteSet Any(Random random)
    {
        var writes = new WriteSet();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            writes.AddRow(random.Next(3), random.Next(20));
        }

        switch (random.Next(20))
        {
            case 0: return WriteSet.Everything;
            case 1 or 2: writes.AddTable(random.Next(3)); break;
        }

        return writes;
    }

    static WriteSet Row(int table, int key) => With(writes => writes.AddRow(table, key));

    static WriteSet Table(int table) => With(writes => writes.AddTable(table));

    static WriteSet With(Action<WriteSet> add)
    {
        var writes = new WriteSet();
        add(writes);
        return writes;
    }
}
