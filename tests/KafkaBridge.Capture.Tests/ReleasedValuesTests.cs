using KafkaBridge.Capture.Reading;
using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Tests;

public sealed class ReleasedValuesTests
{
    static readonly Relation Seat = new(
        1, new RelationName("public", "seat"), ReplicaIdentity.Full,
        [new("id", 23, -1, "integer", true), new("place", 25, -1, "text", false), new("note", 25, -1, "text", false)])
    {
        Claimed = [1],
    };

    [Theory]
    [InlineData("1 a x", "1 b x", true)]
    [InlineData("1 a x", "1 a y", false)]
    [InlineData("1 a x", "1 = y", false)]
    [InlineData(null, "1 a y", true)]
    public void A_unique_value_that_changes_or_may_have_is_released(string? old, string row, bool released) =>
        Assert.Equal(released, ReleasedValues.Any(Update(Seat, old, row)));

    [Fact]
    public void Of_an_old_row_that_is_its_key_only_nothing_is_known() =>
        Assert.True(ReleasedValues.Any(Update(Seat, "1 a x", "1 a x") with { OldIsKeyOnly = true }));

    [Fact]
    public void Without_unique_values_or_a_key_nothing_is_released()
    {
        Assert.False(ReleasedValues.Any(Update(Seat with { Claimed = [] }, null, "1 b x")));
        var keyless = Seat with { Columns = [.. Seat.Columns.Select(column => column with { IsKey = false })] };
        Assert.False(ReleasedValues.Any(Update(keyless, null, "1 b x")));
    }

    static Update Update(Relation relation, string? old, string row) =>
        new(0) { Relation = relation, Old = old is null ? null : Values(old), New = Values(row) };

    static ColumnValue[] Values(string row) =>
        [.. row.Split(' ').Select(text => text == "=" ? ColumnValue.Unchanged : new ColumnValue(System.Text.Encoding.UTF8.GetBytes(text)))];
}
