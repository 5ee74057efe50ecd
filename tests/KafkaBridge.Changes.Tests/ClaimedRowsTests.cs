using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>Which rows are visible where several claim a unique value: rows by key, each with its version and its values.</summary>
public sealed class ClaimedRowsTests
{
    [Fact]
    public void The_greater_row_is_visible_and_the_lower_hidden_whichever_was_there_first()
    {
        Assert.Equal("2", new Table { Hidden = { [1] = Row(10, "x") }, Visible = { [2] = Row(11, "x") } }.Settled(1));
        Assert.Equal("2", new Table { Visible = { [1] = Row(10, "x") }, Hidden = { [2] = Row(11, "x") } }.Settled(2));
        Assert.Equal("3", new Table { Hidden = { [1] = Row(10, "x"), [3] = Row(12, "x"), [2] = Row(11, "x") } }.Settled(1, 3, 2));
    }

    [Fact]
    public void Of_one_version_the_greater_key_is_visible()
    {
        Assert.Equal("2", new Table { Visible = { [1] = Row(10, "x") }, Hidden = { [2] = Row(10, "x") } }.Settled(2));
        Assert.Equal("2", new Table { Visible = { [2] = Row(10, "x") }, Hidden = { [1] = Row(10, "x") } }.Settled(1));
    }

    /// <summary>The row that is hidden frees its other value, for which another has waited, and that one the next.</summary>
    [Fact]
    public void What_waited_for_a_value_of_the_row_that_is_hidden_is_shown()
    {
        var table = new Table
        {
            Visible = { [3] = Row(12, "x", "y"), [5] = Row(5, "w") },
            Hidden = { [4] = Row(13, "x"), [2] = Row(11, "y", "w"), [1] = Row(10, "w") },
        };
        Assert.Equal("2 4", table.Settled(4));
        Assert.Equal("2 4", table.Settled(1, 3, 5)); // to settle more changes nothing
    }

    [Fact]
    public void A_row_with_one_value_held_by_a_greater_row_stays_hidden_and_hides_nobody()
    {
        var table = new Table { Visible = { [1] = Row(10, "x"), [3] = Row(12, "y") }, Hidden = { [2] = Row(11, "x", "y") } };
        Assert.Equal("1 3", table.Settled(2));
    }

    [Fact]
    public void A_hidden_row_whose_key_has_a_visible_one_is_void()
    {
        var table = new Table { Visible = { [1] = Row(9, "y"), [2] = Row(8, "x") }, Hidden = { [1] = Row(10, "x") } };
        Assert.Equal("1 2", table.Settled(1));
        Assert.Equal("y", Assert.Single(table.Visible[1].Values));
    }

    [Fact]
    public void None_is_shown_that_would_be_hidden_again()
    {
        var table = new Table { Hidden = { [1] = Row(10, "x"), [3] = Row(12, "x"), [2] = Row(11, "x") } };
        table.Settled(1, 2, 3);
        Assert.Equal([3], table.Moved);
    }

    [Fact]
    public void Rows_are_ordered_by_version_then_key()
    {
        RowOrder<int>[] ordered = [new(new(1, 2), 9), new(new(2, 0), 1), new(new(2, 0), 2)];
        Assert.Equal(ordered, ordered.Reverse().Order());
        var (low, same, high) = (ordered[1], ordered[1] with { }, ordered[2]);
        Assert.All([low < high, low <= high, low <= same, low >= same, high > low, high >= low], Assert.True);
        Assert.All([high < low, high <= low, low < same, low > same, low > high, low >= high], Assert.False);
    }

    static (RowVersion Version, string[] Values) Row(long tick, params string[] values) => (new RowVersion(tick, 0), values);

    sealed class Table : ClaimedRows<int>
    {
        public SortedDictionary<int, (RowVersion Version, string[] Values)> Visible { get; } = [];
        public Dictionary<int, (RowVersion Version, string[] Values)> Hidden { get; } = [];

        /// <summary>The keys of what was shown or hidden, in that order.</summary>
        public List<int> Moved { get; } = [];

        /// <returns>The keys of the visible rows.</returns>
        public string Settled(params int[] keys)
        {
            Settle(keys.Where(Hidden.ContainsKey).Select(key => new RowOrder<int>(Hidden[key].Version, key)));
            return string.Join(' ', Visible.Keys);
        }

        protected override bool IsVoid(int key) => !Hidden.ContainsKey(key) || Visible.ContainsKey(key);

        protected override IReadOnlyList<RowOrder<int>> VisibleClaimants(int key) => [.. Claiming(Hidden[key].Values, Visible)];

        protected override IEnumerable<RowOrder<int>> Hide(int key)
        {
            var claimants = Claiming(Visible[key].Values, Hidden).ToList();
            Moved.Add(key);
            Hidden.Add(key, Visible[key]);
            Visible.Remove(key);
            return claimants;
        }

        protected override void Show(int key)
        {
            Moved.Add(key);
            Visible.Add(key, Hidden[key]);
            Hidden.Remove(key);
        }

        static IEnumerable<RowOrder<int>> Claiming(
            string[] values, IEnumerable<KeyValuePair<int, (RowVersion Version, string[] Values)>> rows) =>
            rows.Where(row => row.Value.Values.Intersect(values).Any()).Select(row => new RowOrder<int>(row.Value.Version, row.Key));
    }
}
