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
        await cluster.Bridges.StopAsync(1);
        await cluster.Bridges.StopAsync(2);
        await cluster.SqlAsync(0, "TRUNCATE customer CASCADE; INSERT INTO customer VALUES (5, 'five')");
        await cluster.SqlAsync(1, "INSERT INTO purchase VALUES (10, 1, 'us'); INSERT INTO line VALUES (10, 1, 'us')");
        await cluster.SqlAsync(1, "UPDATE purchase SET customer = 2, note = 'moved' WHERE id = 3");
        await cluster.SqlAsync(2, "INSERT INTO purchase VALUES (11, 4, 'ap')");
        cluster.Bridges.Start(1);
        cluster.Bridges.Start(2);
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

    /// <summary>All went, whichever table was named first; a line came meanwhile, and needs a purchase, which needs its customer.</summary>
    [Fact]
    public async Task What_was_truncated_together_is_restored_as_far_as_it_is_needed()
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(MissingParents.Tables, "restore_parent", 18, 15);
        await cluster.PrepareAsync(MissingParents.Rows);
        await cluster.Bridges.StopAsync(1);
        await cluster.SqlAsync(0, "TRUNCATE line, purchase, customer");
        await cluster.SqlAsync(1, "INSERT INTO line VALUES (4, 1, 'us')");
        cluster.Bridges.Start(1);
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["4|\"fo\\ur\""], await cluster.TextAsync(0, "SELECT id, name FROM customer"));
        Assert.Equal(["4|4|made"], await cluster.TextAsync(0, "SELECT id, customer, note FROM purchase"));
    }
}
