using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Foreign keys that refer to a unique column besides the key: a value goes by a delete, a TRUNCATE, an update, or with a write that loses.
/// </summary>
public sealed class ReferencedValues
{
    const string Tables = """
        CREATE TABLE country (id int PRIMARY KEY, code text NOT NULL UNIQUE, name text);
        ALTER TABLE country REPLICA IDENTITY FULL;
        CREATE TABLE city (id int PRIMARY KEY, country text REFERENCES country (code), name text);
        CREATE INDEX ON city (country);
        """;

    const string Rows = """
        INSERT INTO country VALUES (1, 'a', 'A'), (2, 'b', 'B'), (3, 'c', 'C'), (4, 'd', 'D');
        INSERT INTO city VALUES (1, 'c', 'made'), (2, NULL, 'nowhere')
        """;

    /// <summary>
    /// Apart: eu changes a, deletes b, gives a new row e7 and another d1, which both lose to what us writes later; cities refer to each.
    /// </summary>
    [Theory]
    [InlineData("report")]
    [InlineData("delete_child")]
    [InlineData("restore_parent")]
    public async Task Rows_that_refer_to_a_value_which_is_gone(string rule)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, rule, 15, 18);
        await cluster.PrepareAsync(Rows);
        await cluster.ApartAsync(
            [0, 1],
            (0, "UPDATE country SET code = 'x' WHERE id = 1"),
            (0, "DELETE FROM country WHERE id = 2"),
            (0, "INSERT INTO country VALUES (7, 'e7', 'eu'); INSERT INTO city VALUES (12, 'e7', 'eu')"),
            (0, "UPDATE country SET code = 'd1' WHERE id = 4; INSERT INTO city VALUES (13, 'd1', 'eu')"),
            (1, "INSERT INTO city VALUES (10, 'a', 'us'), (11, 'b', 'us')"),
            (1, "INSERT INTO country VALUES (7, 'u7', 'us'); INSERT INTO city VALUES (14, 'u7', 'us')"),
            (1, "UPDATE country SET code = 'd2' WHERE id = 4"));
        await cluster.SettledAsync(noted: 4);

        string[] restored = rule == "restore_parent" ? ["2|b"] : [];
        Assert.Equal(
            ["1|x", .. restored, "3|c", "4|d2", "7|u7"], await cluster.TextAsync(0, "SELECT id, code FROM country ORDER BY id"));
        string[] orphans = rule == "delete_child" ? [] : ["10|a", "11|b", "12|e7", "13|d1"];
        Assert.Equal(
            ["1|c", "2|∅", .. orphans, "14|u7"], await cluster.TextAsync(0, "SELECT id, country FROM city ORDER BY id"));
        var reported = rule == "restore_parent" ? "report" : rule;
        Assert.Equal(
            [$"10|o|{reported}", $"11|d|{rule}", $"12|w|{reported}", $"13|w|{reported}"],
            await cluster.TextAsync(
                1, $"SELECT replica_identity ->> 'id', local_conflicts ->> 'by', resolver{ForeignKeyCluster.FromHistory} ORDER BY 1"));
        Assert.Matches("eu .* changed what .* refers to, .*\"a\".*, without knowing of each other; ", await cluster.ExplainAsync(10));
        Assert.Matches("eu .* wrote what .* refers to, .*\"e7\".*, but another write of that row won; ", await cluster.ExplainAsync(12));
        var check = await cluster.Nodes.CommandAsync("check");
        Assert.Equal(rule == "restore_parent", check.Contains("restore_parent has nothing to restore", StringComparison.Ordinal));
    }

    /// <summary>
    /// eu's user gives a value up that us refers to; eu finds it gone before its bridge has read that in its log (held here by a lock),
    /// and by then has had every node's word on who had written it.
    /// </summary>
    [Fact]
    public async Task A_value_that_a_user_just_gave_up_is_looked_for_once()
    {
        const string Held = """
            CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(10); RETURN NEW; END';
            CREATE TRIGGER held BEFORE INSERT ON kafkabridge.parent_delete FOR EACH ROW WHEN (NEW.op = 'o') EXECUTE FUNCTION held();
            ALTER TABLE kafkabridge.parent_delete ENABLE ALWAYS TRIGGER held;
            """;
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, "report", 15, 18, 15);
        const string Noted = "SELECT FROM kafkabridge.parent_delete WHERE (image::country).id";
        await cluster.PrepareAsync("INSERT INTO country VALUES (9, 'i', 'all are there')");
        await cluster.Bridges.StopAsync(2);
        await cluster.SqlAsync(0, "INSERT INTO country VALUES (1, 'a', 'A'), (2, 'b', 'B')");
        await cluster.HasAsync(1, "SELECT FROM country WHERE id = 1");
        await cluster.SqlAsync(1, "INSERT INTO country VALUES (3, 'c', 'us says what it has')");
        await cluster.HasAsync(0, "SELECT FROM country WHERE id = 3");
        await cluster.Bridges.StopAsync(1);
        await cluster.SqlAsync(1, "INSERT INTO city VALUES (10, 'a', 'us')");
        await cluster.SqlAsync(0, "INSERT INTO country VALUES (4, 'd', 'us does not know it')");
        await cluster.HasAsync(0, $"{Noted} = 4");

        await using (var user = await cluster.Nodes.Servers[0].ConnectAsync(BridgeCluster.Database))
        {
            await cluster.SqlAsync(0, Held);
            await using var hold = new NpgsqlCommand("SELECT pg_advisory_lock(10)", user);
            await hold.ExecuteNonQueryAsync();
            await cluster.SqlAsync(0, "UPDATE country SET code = 'x' WHERE id = 1");
            cluster.Bridges.Start(2);
            await cluster.HasAsync(0, $"SELECT WHERE NOT EXISTS ({Noted} IN (2, 3))");
            Assert.Equal(["1", "4"], await cluster.TextAsync(0, "SELECT (image::country).id FROM kafkabridge.parent_delete ORDER BY 1"));
            cluster.Bridges.Start(1);
            await cluster.HasAsync(0, $"SELECT WHERE NOT EXISTS ({Noted} = 4)");
            Assert.Equal(["10"], await cluster.TextAsync(0, "SELECT id FROM city"));
            Assert.Empty(await cluster.TextAsync(0, $"SELECT local_conflicts{ForeignKeyCluster.FromHistory}"));
        }

        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["o"], await cluster.TextAsync(0, $"SELECT local_conflicts ->> 'by'{ForeignKeyCluster.FromHistory}"));
    }

    /// <summary>The bridge says what is in the way, and does it when the way is free.</summary>
    [Fact]
    public async Task A_row_whose_key_is_taken_comes_back_when_it_is_free()
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, "restore_parent", 15, 15);
        await cluster.PrepareAsync(Rows);
        await cluster.ApartAsync(
            [1],
            (0, "DELETE FROM country WHERE id = 2"),
            (0, "INSERT INTO country VALUES (2, 'other', 'eu')"),
            (1, "INSERT INTO city VALUES (11, 'b', 'us')"));
        await cluster.SaysAsync(1, "public.country has another row that claims");
        await cluster.SqlAsync(0, "DELETE FROM country WHERE id = 2");
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["1|a", "2|b", "3|c", "4|d"], await cluster.TextAsync(0, "SELECT id, code FROM country ORDER BY id"));
    }

    [Fact]
    public async Task A_row_whose_value_was_truncated_comes_back()
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, "restore_parent", 18, 15);
        await cluster.PrepareAsync(Rows);
        await cluster.ApartAsync(
            [1],
            (0, "TRUNCATE country, city"),
            (1, "INSERT INTO city VALUES (10, 'a', 'us'), (11, NULL, 'us')"));
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(["1|a|A"], await cluster.TextAsync(0, "SELECT * FROM country"));
        Assert.Equal(["10|a|us", "11|∅|us"], await cluster.TextAsync(0, "SELECT * FROM city ORDER BY id"));
    }
}
