namespace KafkaBridge.IntegrationTests;

/// <summary>
/// A row is written on one node while what it refers to is deleted on another: noted on every node alike, and by rule the row goes or
/// what it refers to comes back, on every node.
/// </summary>
public sealed class MissingParents
{
    internal const string Tables = """
        CREATE TABLE customer (id int PRIMARY KEY, name text);
        CREATE TABLE purchase (id int PRIMARY KEY, customer int NOT NULL REFERENCES customer ON DELETE CASCADE, note text);
        CREATE TABLE line (purchase int REFERENCES purchase, place int, what text, PRIMARY KEY (purchase, place));
        CREATE INDEX ON purchase (customer);
        """;

    internal const string Rows = """
        INSERT INTO customer VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, '"fo\ur"');
        INSERT INTO purchase VALUES (3, 3, 'made'), (4, 4, 'made')
        """;

    /// <summary>Apart: eu deletes customers 1 and 2; us gives 1 a purchase with a line, and moves a purchase of 3 to 2.</summary>
    [Theory]
    [InlineData("report")]
    [InlineData("delete_child")]
    [InlineData("restore_parent")]
    public async Task A_row_written_while_what_it_refers_to_is_deleted_elsewhere(string rule)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, rule, 15, 18);
        await cluster.PrepareAsync(Rows);
        await cluster.ApartAsync(
            [1],
            (0, "DELETE FROM customer WHERE id < 3"),
            (1, "INSERT INTO purchase VALUES (10, 1, 'us'); INSERT INTO line VALUES (10, 1, 'us')"),
            (1, "UPDATE purchase SET customer = 2, note = 'moved' WHERE id = 3"));
        await cluster.SettledAsync(noted: 2);

        Assert.Equal(Customers(rule, "1|one 2|two "), await cluster.TextAsync(0, "SELECT id, name FROM customer ORDER BY id"));
        Assert.Equal(
            rule == "delete_child" ? ["4|4|made"] : ["3|2|moved", "4|4|made", "10|1|us"],
            await cluster.TextAsync(0, "SELECT id, customer, note FROM purchase ORDER BY id"));
        Assert.Equal(
            rule == "delete_child" ? [] : ["10|1|us"], await cluster.TextAsync(0, "SELECT purchase, place, what FROM line"));
        var id = (await cluster.TextAsync(0, "SELECT max(id)" + ForeignKeyCluster.FromHistory))[0];
        Assert.Matches(
            @"^foreign_key_missing on public\.purchase \{""id"": ""(3|10)""\}: us \(committed .*\) wrote it, and eu \(committed .*\) "
            + @"deleted what its foreign key purchase_customer_fkey refers to, public\.customer \{""id"": ""[12]""\}, without knowing of "
            + $"each other; by the rule {rule} .*\\.$",
            (await cluster.Nodes.CommandAsync("conflict", "explain", $"eu:{id}")).Trim());
        Assert.Contains(
            "purchase_customer_fkey", await cluster.Nodes.CommandAsync("conflict", "show", $"eu:{id}"), StringComparison.Ordinal);
        Assert.Contains("foreign_key_missing", await cluster.Nodes.CommandAsync("conflict", "list"), StringComparison.Ordinal);
        await cluster.Nodes.CommandAsync("check");
    }

    /// <summary>
    /// eu deletes, us writes, ap knows nothing of either and is away: nobody looks before it is back. Then us, whose row it is, is
    /// away: nobody deals with it before.
    /// </summary>
    [Theory]
    [InlineData("delete_child")]
    [InlineData("restore_parent")]
    public async Task Three_nodes_look_when_all_are_back_and_the_writer_deals_with_its_row(string rule)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, rule, 15, 15, 18);
        await cluster.PrepareAsync(Rows);
        await cluster.Bridges.StopAsync(1);
        await cluster.Bridges.StopAsync(2);
        await cluster.SqlAsync(0, "DELETE FROM customer WHERE id = 1");
        await cluster.SqlAsync(1, "INSERT INTO purchase VALUES (10, 1, 'us')");
        await cluster.SqlAsync(2, "UPDATE customer SET name = 'ap' WHERE id = 3; INSERT INTO purchase VALUES (11, 1, 'ap')");
        cluster.Bridges.Start(1);
        await cluster.Bridges.EventuallyAsync(
            async () => (await cluster.TextAsync(0, "SELECT id FROM purchase WHERE id = 10")).Count == 1, "eu has us' row",
            ForeignKeyCluster.Patience);
        await cluster.Bridges.EventuallyAsync(
            async () => (await cluster.TextAsync(1, "SELECT id FROM customer WHERE id = 1")).Count == 0, "us has eu's delete",
            ForeignKeyCluster.Patience);
        Assert.Empty(await cluster.TextAsync(0, "SELECT id" + ForeignKeyCluster.FromHistory));

        cluster.Bridges.Start(2);
        await cluster.SettledAsync(noted: 2);
        Assert.Equal(
            rule == "delete_child" ? ["2|two", "3|ap", "4|\"fo\\ur\""] : ["1|one", "2|two", "3|ap", "4|\"fo\\ur\""],
            await cluster.TextAsync(2, "SELECT id, name FROM customer ORDER BY id"));
        Assert.Equal(
            rule == "delete_child" ? [] : ["10|us", "11|ap"],
            await cluster.TextAsync(0, "SELECT id, note FROM purchase WHERE customer = 1 ORDER BY id"));
    }

    /// <summary>
    /// A customer goes with his purchases by cascade, and a line came meanwhile: all that it needs comes back, also where rows are decided
    /// by their history.
    /// </summary>
    [Fact]
    public async Task What_was_deleted_together_is_restored_together()
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(
            Tables, "restore_parent, tables: { public.customer: first_update_wins }", 18, 15);
        await cluster.PrepareAsync(Rows);
        await cluster.ApartAsync(
            [1],
            (0, "DELETE FROM customer WHERE id = 4"),
            (1, "INSERT INTO line VALUES (4, 1, 'us')"));
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["4|\"fo\\ur\""], await cluster.TextAsync(0, "SELECT id, name FROM customer WHERE id = 4"));
        Assert.Equal(["4|4|made"], await cluster.TextAsync(0, "SELECT id, customer, note FROM purchase WHERE id = 4"));
    }

    /// <summary>The key changes of what is referred to; and a parent whose delete loses is none that is missing.</summary>
    [Fact]
    public async Task A_key_that_changes_is_a_delete_and_a_delete_that_loses_is_none()
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, "report", 15, 18);
        await cluster.PrepareAsync(Rows);
        await cluster.ApartAsync(
            [0, 1],
            (0, "UPDATE customer SET id = 100 WHERE id = 1; DELETE FROM customer WHERE id = 2"),
            (1, "INSERT INTO purchase VALUES (10, 1, 'us'), (11, 2, 'us'); UPDATE customer SET name = 'us' WHERE id = 2"));
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(
            ["10|report"], await cluster.TextAsync(1, "SELECT replica_identity ->> 'id', resolver" + ForeignKeyCluster.FromHistory));
        Assert.Equal(["2|us"], await cluster.TextAsync(0, "SELECT id, name FROM customer WHERE id = 2"));
    }

    static string[] Customers(string rule, string restored) =>
        [.. ((rule == "restore_parent" ? restored : "") + "3|three 4|\"fo\\ur\"").Split(' ')];
}
