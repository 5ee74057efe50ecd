namespace KafkaBridge.IntegrationTests;

/// <summary>
/// A row that refers to what another node deletes, and that waits for a unique value when that is looked for: noted on every node all
/// the same, and dealt with when it can be.
/// </summary>
public sealed class HiddenChildren
{
    const string Tables = """
        CREATE TABLE room (id int PRIMARY KEY, name text);
        ALTER TABLE room REPLICA IDENTITY FULL;
        CREATE TABLE guest (id int PRIMARY KEY, room int REFERENCES room (id), badge text UNIQUE);
        ALTER TABLE guest REPLICA IDENTITY FULL;
        CREATE INDEX ON guest (room);
        """;

    /// <summary>Apart: us puts guest 10 into room 1; eu gives the same badge to guest 11 later, and then deletes the room.</summary>
    [Theory]
    [InlineData("report")]
    [InlineData("delete_child")]
    [InlineData("restore_parent")]
    public async Task A_row_that_refers_to_nothing_and_is_not_shown(string rule)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, rule, 15, 18);
        await cluster.PrepareAsync("INSERT INTO room VALUES (1, 'one'), (2, 'two')");
        await cluster.ApartAsync(
            [0, 1],
            (1, "INSERT INTO guest VALUES (10, 1, 'seven')"),
            (0, "INSERT INTO guest VALUES (11, 2, 'seven')"),
            (0, "DELETE FROM room WHERE id = 1"));
        for (var node = 0; node < 2; node++)
        {
            var here = node;
            await cluster.Bridges.EventuallyAsync(
                async () => (await cluster.TextAsync(here, $"SELECT id{ForeignKeyCluster.FromHistory}")).Count == 1,
                "it is noted", ForeignKeyCluster.Patience);
            Assert.Equal(["11|2|seven"], await cluster.TextAsync(here, "SELECT * FROM guest"));
        }

        if (rule == "delete_child")
        {
            await cluster.SaysAsync(1, "public.guest waits for a unique value");
        }

        await cluster.SqlAsync(0, "UPDATE guest SET badge = 'eight' WHERE id = 11");
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(
            rule == "delete_child" ? ["11|2|eight"] : ["10|1|seven", "11|2|eight"],
            await cluster.TextAsync(0, "SELECT * FROM guest ORDER BY id"));
        Assert.Equal(
            rule == "restore_parent" ? ["1|one", "2|two"] : ["2|two"], await cluster.TextAsync(0, "SELECT * FROM room ORDER BY id"));
        Assert.Matches("us .* wrote it, and eu .* deleted .*public\\.room .*\"1\".*, without knowing", await cluster.ExplainAsync(10));
    }

    /// <summary>As above, but eu gives the room's key to another: the bridge says what is in the way.</summary>
    [Fact]
    public async Task A_hidden_row_for_which_nothing_can_be_restored_is_told_of()
    {
        const string Coded = """
            CREATE TABLE room (id int PRIMARY KEY, code text NOT NULL UNIQUE);
            ALTER TABLE room REPLICA IDENTITY FULL;
            CREATE TABLE guest (id int PRIMARY KEY, room text REFERENCES room (code), badge text UNIQUE);
            ALTER TABLE guest REPLICA IDENTITY FULL;
            CREATE INDEX ON guest (room);
            """;
        await using var cluster = await ForeignKeyCluster.StartAsync(Coded, "restore_parent", 15, 18);
        await cluster.PrepareAsync("INSERT INTO room VALUES (1, 'one'), (2, 'two')");
        await cluster.ApartAsync(
            [0, 1],
            (1, "INSERT INTO guest VALUES (10, 'one', 'seven')"),
            (0, "INSERT INTO guest VALUES (11, 'two', 'seven')"),
            (0, "DELETE FROM room WHERE id = 1; INSERT INTO room VALUES (1, 'other')"));
        await cluster.SaysAsync(1, "public.room has another row that claims");
        Assert.Equal(["11|two|seven"], await cluster.TextAsync(1, "SELECT * FROM guest"));
        await cluster.SqlAsync(0, "DELETE FROM room WHERE id = 1");
        await cluster.QuietAsync();
        Assert.Equal(["1|one", "2|two"], await cluster.TextAsync(0, "SELECT * FROM room ORDER BY id"));
        await cluster.SqlAsync(0, "UPDATE guest SET badge = 'eight' WHERE id = 11");
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["10|one|seven", "11|two|eight"], await cluster.TextAsync(0, "SELECT * FROM guest ORDER BY id"));
    }
}
