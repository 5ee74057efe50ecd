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

    static int[] Ends(params (long Tick, int Table, Sharing Sharing, int Key)[] changes)
    {
        var runs = new Runs();
        foreach (var (tick, table, sharing, key) in changes)
        {
            runs.Add(tick, table, sharing, key);
        }

        return runs.Ends();
    }
}
