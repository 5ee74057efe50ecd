using KafkaBridge.Apply.Applying;

namespace KafkaBridge.Apply.Tests;

public sealed class RunsTests
{
    [Fact]
    public void A_run_is_of_one_tick_and_one_table_and_has_each_row_once()
    {
        Assert.Equal(
            [3, 3, 3, 5, 5, 6, 7],
            Ends(
                (1, 1, Sharing.OtherRows, 10), (1, 1, Sharing.OtherRows, 11), (1, 1, Sharing.OtherRows, 12), (1, 1, Sharing.OtherRows, 10),
                (1, 1, Sharing.OtherRows, 11), (1, 2, Sharing.OtherRows, 12), (2, 2, Sharing.OtherRows, 13)));
    }

    [Fact]
    public void Where_rows_are_not_told_apart_inserts_run_and_what_is_alone_ends_a_run()
    {
        Assert.Equal(
            [2, 2, 3, 4, 6, 6, 7],
            Ends(
                (1, 1, Sharing.Inserts, 0), (1, 1, Sharing.Inserts, 0), (1, 1, Sharing.Alone, 0), (1, 1, Sharing.Alone, 0),
                (1, 1, Sharing.Inserts, 0), (1, 1, Sharing.Inserts, 0), (1, 1, Sharing.OtherRows, 0)));
    }

    [Fact]
    public void In_a_tick_those_of_one_table_follow_each_other_and_a_rows_keep_their_order()
    {
        var (order, ends) = Arranged(
            observed: false, (1, 2, Sharing.OtherRows, 20), (1, 1, Sharing.OtherRows, 10), (1, 3, Sharing.Inserts, 0),
            (1, 2, Sharing.OtherRows, 20), (1, 1, Sharing.OtherRows, 11), (1, 3, Sharing.Inserts, 0), (2, 1, Sharing.OtherRows, 10));
        Assert.Equal([0, 1, 4, 2, 5, 3, 6], order);
        Assert.Equal([1, 3, 3, 5, 5, 6, 7], ends);
    }

    [Fact]
    public void A_run_is_of_one_kind_and_kinds_follow_each_other_where_nobody_can_tell()
    {
        var runs = new Runs();
        foreach (var (op, key) in ((char, int)[])[('u', 10), ('c', 11), ('u', 12), ('d', 13), ('c', 14), ('d', 10)])
        {
            runs.Add(tick: 1, table: 1, op, Sharing.OtherRows, key, isObserved: false);
        }

        var (order, ends) = runs.Arrange();
        Assert.Equal([1, 4, 3, 0, 2, 5], order);
        Assert.Equal([2, 2, 3, 5, 5, 6], ends);
    }

    [Theory]
    [InlineData(true, Sharing.OtherRows)]
    [InlineData(false, Sharing.Alone)]
    public void A_tick_stays_as_it_came_where_a_trigger_could_tell_or_a_change_is_alone(bool observed, Sharing sharing) =>
        Assert.Equal(
            [0, 1, 2],
            Arranged(observed, (1, 2, Sharing.OtherRows, 20), (1, 1, Sharing.OtherRows, 10), (1, 2, sharing, 21)).Order);

    static int[] Ends(params (long Tick, int Table, Sharing Sharing, int Key)[] changes) => Arranged(observed: true, changes).Ends;

    static (int[] Order, int[] Ends) Arranged(bool observed, params (long Tick, int Table, Sharing Sharing, int Key)[] changes)
    {
        var runs = new Runs();
        foreach (var (tick, table, sharing, key) in changes)
        {
            runs.Add(tick, table, 'u', sharing, key, observed);
        }

        return runs.Arrange();
    }
}
