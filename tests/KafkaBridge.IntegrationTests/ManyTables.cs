using System.Globalization;
using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>The functions that pick a table's own by its number do so for every number, in runs and one by one.</summary>
[Trait("Kafka", "none")]
public sealed class ManyTables : IAsyncLifetime
{
    const long Base = 425_000_000_000; // in November 2023

    PostgresServer server = null!;

    public async Task InitializeAsync() => server = await PostgresServer.StartAsync(15);

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Theory]
    [InlineData(9, true)]
    [InlineData(9, false)]
    [InlineData(100, true)]
    [InlineData(100, false)]
    public async Task Each_change_finds_its_table(int tables, bool runs)
    {
        var ddl = string.Join('\n', Numbers(tables).Select(Create));
        await using var applied = await AppliedDatabase.CreateAsync(server, "many", ddl, runs: runs);
        await applied.ApplyAsync(1, [Transaction(Base, "c", "first"), Transaction(Base + 1, "u", "second")]);
        var rows = string.Join(" UNION ALL ", Numbers(tables).Select(Rows));
        Assert.Equal(
            Numbers(tables).SelectMany(table => (string[])[$"{table}|1|second {table}", $"{table}|2|second {table}"]),
            await server.TextAsync("many", $"SELECT * FROM ({rows}) AS all_rows ORDER BY 1, 2"));

        AppliedTransaction Transaction(long tick, string op, string text) => new(
            tick, [.. Numbers(tables).SelectMany(table => ((int[])[1, 2]).Select(id => Change(applied, table, op, id, text)))]);
    }

    static IEnumerable<int> Numbers(int tables) => Enumerable.Range(1, tables);

    static string Create(int table) => string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE t{table} (id int PRIMARY KEY, a text);");

    static string Rows(int table) => string.Create(CultureInfo.InvariantCulture, $"SELECT {table}, * FROM t{table}");

    /// <summary>The applier's number of a table is its place in what it read of the catalog.</summary>
    static AppliedChange Change(AppliedDatabase applied, int table, string op, int id, string text) => new(
        1 + applied.Tables.ToList().FindIndex(one => one.Name.Name == string.Create(CultureInfo.InvariantCulture, $"t{table}")), op,
        string.Create(CultureInfo.InvariantCulture, $"({id},{text} {table})"));
}
