using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>A node truncates what rows refer to that others write meanwhile: noted on every node alike, and dealt with by rule.</summary>
public sealed class TruncatedParents
{
    /// <summary>Apart: eu truncates customer and all that refers to it; us and ap write rows that refer to its customers.</summary>
    [Theory]
    [InlineData("report")]
    [InlineData("delete_child")]
    [InlineData("restore_parent")]
    public async Task Rows_written_while_what_they_refer_to_is_truncated_elsewhere(string rule)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(MissingParents.Tables, rule, 15, 18, 15);
        await cluster.PrepareAsync(MissingParents.Rows);
        await cluster.ApartAsync(
            [1, 2],
            (0, "TRUNCATE customer CASCADE; INSERT INTO customer VALUES (5, 'five')"),
            (1, "INSERT INTO purchase VALUES (10, 1, 'us'); INSERT INTO line VALUES (10, 1, 'us')"),
            (1, "UPDATE purchase SET customer = 2, note = 'moved' WHERE id = 3"),
            (2, "INSERT INTO purchase VALUES (11, 4, 'ap')"));
        await cluster.SettledAsync(noted: 3);

        Assert.Equal(
            rule == "restore_parent" ? ["1|one", "2|two", "4|\"fo\\ur\"", "5|five"] : ["5|five"],
            await cluster.TextAsync(0, "SELECT id, name FROM customer ORDER BY id"));
        Assert.Equal(
            rule == "delete_child" ? [] : ["3|2|moved", "10|1|us", "11|4|ap"],
            await cluster.TextAsync(0, "SELECT id, customer, note FROM purchase ORDER BY id"));
        Assert.Equal(rule == "delete_child" ? [] : ["10|1|us"], await cluster.TextAsync(0, "SELECT purchase, place, what FROM line"));
        Assert.Matches(
            @"^foreign_key_missing on public\.purchase \{""id"": ""11""\}: ap \(committed .*\) wrote it, and eu \(committed .*\) truncated "
            + @"what its foreign key purchase_customer_fkey refers to, public\.customer \{""id"": ""4""\}, without knowing of each other; "
            + $"by the rule {rule} .*\\.$",
            await cluster.ExplainAsync(11));
    }

    /// <summary>
    /// us deletes its row by the rule while eu, which truncated, writes it without knowing; eu's write wins, and comes when us is done.
    /// </summary>
    [Fact]
    public async Task A_row_that_its_rule_deletes_while_who_truncated_writes_it_goes_again()
    {
        const string Held = """
            CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(10); RETURN OLD; END';
            CREATE TRIGGER held BEFORE DELETE ON purchase FOR EACH ROW EXECUTE FUNCTION held();
            """;
        await using var cluster = await ForeignKeyCluster.StartAsync(MissingParents.Tables + Held, "delete_child", 15, 18);
        await cluster.PrepareAsync(MissingParents.Rows);
        await cluster.Bridges.StopAsync(1);
        await cluster.SqlAsync(0, "TRUNCATE customer CASCADE");
        await cluster.SqlAsync(1, "INSERT INTO purchase VALUES (10, 1, 'us')");
        await using (var user = await cluster.Nodes.Servers[1].ConnectAsync(BridgeCluster.Database))
        {
            await using var transaction = await user.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("SELECT pg_advisory_xact_lock(10)", user, transaction))
            {
                await hold.ExecuteNonQueryAsync();
            }

            cluster.Bridges.Start(1);
            await cluster.Bridges.EventuallyAsync(
                async () => (await cluster.TextAsync(1, "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).Count > 0,
                "the rule's delete waits", ForeignKeyCluster.Patience);
            await cluster.Bridges.StopAsync(0);
            await transaction.RollbackAsync();
        }

        await cluster.Bridges.EventuallyAsync(
            async () => (await cluster.TextAsync(1, "SELECT id FROM kafkabridge.parent_delete WHERE writer = 0")).Count == 0,
            "us is done with what eu truncated", ForeignKeyCluster.Patience);
        await cluster.SqlAsync(0, "UPDATE purchase SET note = 'eu' WHERE id = 10");
        cluster.Bridges.Start(0);
        await cluster.QuietAsync();
        Assert.Empty(await cluster.TextAsync(0, "SELECT * FROM purchase"));
    }

    /// <summary>All went, whichever table was named first; a line came meanwhile, and needs a purchase, which needs its customer.</summary>
    [Fact]
    public async Task What_was_truncated_together_is_restored_as_far_as_it_is_needed()
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(MissingParents.Tables, "restore_parent", 18, 15);
        await cluster.PrepareAsync(MissingParents.Rows);
        await cluster.ApartAsync(
            [1],
            (0, "TRUNCATE line, purchase, customer"),
            (1, "INSERT INTO line VALUES (4, 1, 'us')"));
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["4|\"fo\\ur\""], await cluster.TextAsync(0, "SELECT id, name FROM customer"));
        Assert.Equal(["4|4|made"], await cluster.TextAsync(0, "SELECT id, customer, note FROM purchase"));
    }
}
