using System.Text;
using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Tests;

public sealed class RowMappingTests
{
    static ColumnDefinition Target(string name, bool notNull = false, bool generated = false) =>
        new(name, 25, "text", false, notNull, generated, false, false, null, null);

    static TableDefinition Table(params ColumnDefinition[] columns) =>
        new(1, new RelationName("public", "t"), ReplicaIdentity.Default, columns, false, []);

    static string Text(byte[] row) => Encoding.UTF8.GetString(row);

    static IReadOnlyList<WireColumn> Columns(params string[] names) => [.. names.Select(name => new WireColumn(name, "text", false))];

    [Fact]
    public void Values_go_by_name_quoted_and_generated_columns_are_left_out()
    {
        var mapping = RowMapping.Between(Columns("b", "a"), Table(Target("a"), Target("g", generated: true), Target("b")));
        Assert.Equal("(\"x\\\"\\\\y\",,\"\")", Text(mapping.Row([ColumnValue.Of(""), ColumnValue.Of("x\"\\y")])));
        Assert.Equal("(\"\\\"\\\"ä€😀\\\"\",,\"\\\\\")", Text(mapping.Row([ColumnValue.Of("\\"), ColumnValue.Of("\"\"ä€😀\"")])));
        Assert.Equal("(,,\"1\")", Text(mapping.Row([ColumnValue.Of("1"), ColumnValue.Null])));
    }

    [Fact]
    public void Unchanged_and_missing_columns_are_told_apart()
    {
        var mapping = RowMapping.Between(Columns("a", "b"), Table(Target("a"), Target("b"), Target("more")));
        Assert.Equal("012", mapping.Unchanged([ColumnValue.Of("x"), ColumnValue.Unchanged]));
        Assert.Null(RowMapping.Between(Columns("a"), Table(Target("a"))).Unchanged([ColumnValue.Of("x")]));
    }

    /// <summary>Each lane maps its own origin's changes, and all share what is known of a schema.</summary>
    [Fact]
    public async Task Several_lanes_may_see_a_schema_first_at_once()
    {
        var tables = new TargetTables([Table(Target("a"))]);
        for (var round = 0; round < 2000; round++)
        {
            var change = new IncomingChange(0, 'c', new RelationName("public", "t"), Columns("a"), null, [ColumnValue.Of("x")], 1);
            using var together = new Barrier(2);
            string Row()
            {
                together.SignalAndWait();
                return Text(tables.Target(change).Row!);
            }

            var other = Task.Run(Row);
            Assert.Equal("(\"x\")", Row());
            Assert.Equal("(\"x\")", await other);
        }
    }

    [Fact]
    public void A_column_without_a_place_is_refused_by_name()
    {
        Assert.Contains(
            "no column b", Assert.Throws<UnfitChangeException>(() => RowMapping.Between(Columns("a", "b"), Table(Target("a")))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "column c",
            Assert.Throws<UnfitChangeException>(() => RowMapping.Between(Columns("a"), Table(Target("a"), Target("c", notNull: true))))
                .Message, StringComparison.Ordinal);
    }
}
