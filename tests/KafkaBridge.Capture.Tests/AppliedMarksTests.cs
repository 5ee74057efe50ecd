using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge.Capture.Tests;

public sealed class AppliedMarksTests
{
    const int Self = 0;

    readonly AppliedMarks marks = new(Self, [At(1, 100)]);

    [Fact]
    public void What_the_function_writes_is_read_and_nothing_else()
    {
        var applied = new Knowledge(2, new TransactionPosition(3, new Lsn(0xAB)), 99);
        Assert.Equal(
            new AppliedMark(7, applied, new TransactionPosition(1, new Lsn(0xA)), new Lsn(5)),
            AppliedMark.Parse("k 7 2 3 0/AB 99 1 0/A", "k", new Lsn(5)));
        Assert.Null(AppliedMark.Parse("j 7 2 3 0/AB 99 1 0/A", "k", new Lsn(5)));
        Assert.Throws<FormatException>(() => AppliedMark.Parse("k 7 2 3 0/AB", "k", new Lsn(5)));
    }

    [Fact]
    public void The_next_mark_tells_that_the_one_before_was_committed()
    {
        Assert.Null(marks.Accept(Mark(1, 100, 200, at: 10), complete: true));
        Assert.Equal(At(1, 200), marks.Accept(Mark(1, 200, 300, at: 20), complete: true));
        Assert.Equal(new Lsn(20), marks.Oldest);
    }

    [Fact]
    public void The_next_mark_tells_that_the_one_before_was_rolled_back()
    {
        marks.Accept(Mark(1, 100, 250, at: 10), complete: true);
        Assert.Null(marks.Accept(Mark(1, 100, 200, at: 20), complete: true));
        Assert.Equal(At(1, 200), marks.Accept(Mark(1, 200, 300, at: 30), complete: true));
    }

    [Fact]
    public void What_the_server_tells_closes_a_mark()
    {
        marks.Accept(Mark(1, 100, 200, at: 10), complete: true);
        marks.Accept(Mark(2, 0, 50, at: 12), complete: true);
        marks.RolledBack(marks.Open.First());
        Assert.Equal(new Lsn(12), marks.Oldest);
        marks.Committed(marks.Open.First().Applied);
        Assert.Null(marks.Oldest);
        Assert.Null(marks.Accept(Mark(1, 100, 200, at: 20), complete: true));
        Assert.Null(marks.Accept(Mark(2, 50, 60, at: 22), complete: true));
    }

    [Fact]
    public void Position_rows_as_of_now_close_what_they_cover()
    {
        marks.Accept(Mark(1, 100, 200, at: 10), complete: true);
        marks.Accept(Mark(2, 0, 50, at: 12), complete: true);
        Assert.Equal([At(1, 200)], marks.Close([At(1, 300), At(2, 40)]));
        Assert.Equal(new Lsn(12), marks.Oldest);
        Assert.Equal([At(2, 50)], marks.Close([At(1, 300), At(2, 50)]));
        Assert.Null(marks.Accept(Mark(1, 200, 250, at: 20), complete: true));
    }

    [Fact]
    public void A_position_row_that_is_read_closes_its_mark()
    {
        marks.Accept(Mark(1, 100, 200, at: 10), complete: false);
        marks.Committed(At(1, 200));
        Assert.Null(marks.Oldest);
    }

    [Theory]
    [InlineData(1, 150)] // another moved the row on
    [InlineData(1, 50)] // or back
    [InlineData(2, 50)] // or the spine doesn't say what was applied
    public void A_row_that_moved_without_a_mark_is_no_ground_to_go_on(int writer, ulong after)
    {
        Assert.Throws<IOException>(() => marks.Accept(Mark(writer, after, 200, at: 10), complete: true));
        Assert.Null(marks.Accept(Mark(writer, after, 200, at: 10), complete: false)); // where position rows are read too
        Assert.Equal(At(writer, 200), marks.Accept(Mark(writer, 200, 300, at: 20), complete: true));
    }

    [Fact]
    public void How_far_the_node_has_applied_itself_need_not_be_in_the_spine()
    {
        Assert.Null(marks.Accept(Mark(Self, 70, 80, at: 10), complete: true));
        Assert.Throws<IOException>(() => marks.Accept(Mark(Self, 75, 90, at: 20), complete: true));
    }

    static Knowledge At(int writer, ulong lsn) => new(writer, Place(lsn), (long)lsn);

    static TransactionPosition Place(ulong lsn) => new(lsn == 0 ? 0 : 1, new Lsn(lsn));

    static AppliedMark Mark(int writer, ulong after, ulong to, ulong at) => new(at, At(writer, to), Place(after), new Lsn(at));
}
