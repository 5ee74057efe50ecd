using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Gates;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Tests;

/// <summary>public.city (country) refers to public.country (code), whose key is id.</summary>
public sealed class ForeignKeyCheckTests
{
    static readonly ColumnDefinition Id = new("id", 23, "integer", true, true, false, false, false, null, "OPERATOR(pg_catalog.=)");
    static readonly ColumnDefinition Code = Id with { Name = "code", TypeOid = 25, TypeName = "text", IsKey = false };
    static readonly TableDefinition Country = new(
        1, new RelationName("public", "country"), ReplicaIdentity.Full, [Id, Code], KeyIsDeferrable: false, []);
    static readonly TableDefinition City = new(
        2, new RelationName("public", "city"), ReplicaIdentity.Default, [Id, Code with { Name = "country" }], KeyIsDeferrable: false, [])
    {
        ForeignKeys = [new("city_country", 1, [new("country", "code", "OPERATOR(pg_catalog.=)")], ActsOnDelete: false, IsIndexed: true)],
    };

    [Fact]
    public void A_value_that_the_log_does_not_tell_is_named()
    {
        Assert.Empty(ForeignKeyCheck.OfNode("us", [Country, City]));
        var finding = Assert.Single(ForeignKeyCheck.OfNode("us", [Country with { Identity = ReplicaIdentity.Default }, City]));
        Assert.Equal(
            "the foreign key city_country of public.city is not looked after where us deletes or changes what it refers to: its log of "
            + "public.country does not say which code that was.", finding.Sentence);
        Assert.Equal("ALTER TABLE \"public\".\"country\" REPLICA IDENTITY FULL", finding.Remedy);
    }

    [Fact]
    public void A_foreign_key_that_a_node_lacks_is_named()
    {
        Assert.Empty(Findings(ForeignKeyRule.DeleteChild, [Country, City], [Country, City]));
        var finding = Assert.Single(Findings(ForeignKeyRule.DeleteChild, [Country, City], [Country, City with { ForeignKeys = [] }]));
        Assert.StartsWith(
            "the foreign key city_country of public.city (country) to public.country (code) is not on n1: ", finding.Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_not_be_restored_is_named()
    {
        var finding = Assert.Single(Findings(ForeignKeyRule.RestoreParent, [Country, City], [Country, City]));
        Assert.StartsWith(
            "the foreign key city_country of public.city refers to code of public.country, not to its key: ", finding.Sentence,
            StringComparison.Ordinal);
        Assert.False(finding.IsError);
    }

    [Fact]
    public void A_table_without_a_key_is_named()
    {
        var keyless = Country with { Columns = [Id with { IsKey = false }, Code] };
        Assert.Equal(
            "the foreign key city_country of public.city is not looked after: public.country has no key.",
            Assert.Single(Findings(ForeignKeyRule.Report, [keyless, City])).Sentence);
    }

    static IEnumerable<Finding> Findings(ForeignKeyRule rule, params TableDefinition[][] nodes) => ForeignKeyCheck.OfCluster(
        new ForeignKeyOptions(rule, new Dictionary<string, ForeignKeyRule>()),
        [.. nodes.Select((tables, i) => (
            new NodeOptions($"n{i}", "", null) { ConnectionString = "" }, tables.ToDictionary(table => table.Name)))]);
}
