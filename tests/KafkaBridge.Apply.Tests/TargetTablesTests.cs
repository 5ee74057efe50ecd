using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Reading;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;
using KafkaBridge.Wire;

namespace KafkaBridge.Apply.Tests;

public sealed class TargetTablesTests
{
    /// <summary>The function of a run does not note them.</summary>
    [Theory]
    [InlineData('d', true, Sharing.Alone)]
    [InlineData('d', false, Sharing.OtherRows)]
    [InlineData('c', true, Sharing.OtherRows)]
    public void Deletes_of_what_foreign_keys_refer_to_go_one_by_one(char op, bool isReferenced, Sharing sharing)
    {
        var column = new ColumnDefinition("id", 23, "integer", true, true, false, false, false, null, "OPERATOR(pg_catalog.=)");
        var name = new RelationName("public", "customer");
        var tables = new TargetTables(
            [new TableDefinition(1, name, ReplicaIdentity.Default, [column], false, []) { IsReferenced = isReferenced }]);
        ColumnValue[] row = [ColumnValue.Of("1")];
        var change = new IncomingChange(0, op, name, [new WireColumn("id", "integer", true)], row, op == 'd' ? null : row, 1);
        Assert.Equal(sharing, tables.Target(change).Sharing);
    }
}
