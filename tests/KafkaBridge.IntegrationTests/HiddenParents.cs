namespace KafkaBridge.IntegrationTests;

/// <summary>
/// A row that others refer to waits for a unique value, and a user, who does not see it, writes its key anew: what it held is gone, and
/// what refers to that is noted on every node and dealt with.
/// </summary>
public sealed class HiddenParents
{
    const string Tables = """
        CREATE TABLE country (id int PRIMARY KEY, code text NOT NULL UNIQUE, flag text UNIQUE);
        ALTER TABLE country REPLICA IDENTITY FULL;
        CREATE TABLE city (id int PRIMARY KEY, country text REFERENCES country (code), name text);
        CREATE INDEX ON city (country);
        """;

    /// <summary>us makes country 2 with a city; eu gives its flag to country 3 later, so country 2 is hidden, not missing.</summary>
    /// <param name="anew">By eu, in its order; what is shown again where it is applied, eu never saw.</param>
    [Theory]
    [InlineData("report", "INSERT INTO country VALUES (2, 'x', 'white')")]
    [InlineData("delete_child", "DELETE FROM country WHERE id = 3", "INSERT INTO country VALUES (2, 'x', 'red')")]
    public async Task A_hidden_row_whose_key_is_written_anew(string rule, params string[] anew)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, rule, 15, 18);
        await cluster.PrepareAsync("INSERT INTO country VALUES (1, 'a', 'blue')");
        await cluster.ApartAsync(
            [0],
            (1, "INSERT INTO country VALUES (2, 'b', 'red'); INSERT INTO city VALUES (10, 'b', 'us')"),
            (0, "INSERT INTO country VALUES (3, 'c', 'red')"));
        await cluster.SettledAsync(noted: 0);
        Assert.Equal(["1|a", "3|c"], await cluster.TextAsync(0, "SELECT id, code FROM country ORDER BY id"));

        await cluster.ApartAsync([0], [.. anew.Select(statement => (0, statement))]);
        await cluster.SettledAsync(noted: 1);
        Assert.Equal(
            [$"10|o|{rule}"],
            await cluster.TextAsync(
                1, $"SELECT replica_identity ->> 'id', local_conflicts ->> 'by', resolver{ForeignKeyCluster.FromHistory}"));
        Assert.Equal(rule == "delete_child" ? [] : ["10|b"], await cluster.TextAsync(0, "SELECT id, country FROM city"));
    }
}
