using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>A user's function decides: on real nodes, where it fails, and where it is not the same on all of them.</summary>
public sealed class SqlFunctionTests
{
    const int Precondition = 3;

    const string Rules = "conflicts: { tables: { public.account: { sql_function: app.merge_account } } }";

    const string Arguments =
        "present public.account, present_at timestamptz, present_node text, next public.account, next_at timestamptz, next_node text";

    const string Tables =
        $"""
        CREATE SCHEMA app;
        CREATE TABLE account (id int PRIMARY KEY, best int, note text, closed boolean NOT NULL DEFAULT false);
        CREATE TABLE item (id int PRIMARY KEY, name text);
        {Merge}
        """;

    /// <summary>A delete stands where the other side says that the row is closed; else rows hold the greater and both notes.</summary>
    const string Merge =
        $"""
        CREATE OR REPLACE FUNCTION app.merge_account({Arguments}) RETURNS public.account LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
          IF present IS NULL OR next IS NULL THEN
            RETURN CASE WHEN coalesce(present.closed, next.closed) THEN NULL ELSE coalesce(present, next) END;
          END IF;
          IF next.note LIKE 'refused%' THEN RAISE EXCEPTION 'no merge for %', next.note; END IF;
          IF next.note = 'moved' THEN present.id := 99; END IF;
          present.best := greatest(present.best, next.best);
          present.note := present.note || '+' || next_node || ':' || next.note;
          RETURN present;
        END $$;
        """;

    /// <param name="first">Whose own writes come through the log before the other's.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_function_puts_together_what_was_written_apart(int first)
    {
        await using var cluster = await StartAsync();
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await SqlAsync(
            cluster, 0,
            "INSERT INTO account SELECT id, 0, 'made', id IN (3, 6) FROM unnest('{1,3,4,5,6}'::int[]) AS id");
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);
        await SqlAsync(
            cluster, 0,
            """
            UPDATE account SET best = 7, note = 'eu' WHERE id = 1; DELETE FROM account WHERE id IN (3, 4);
            UPDATE account SET best = 1 WHERE id IN (5, 6); INSERT INTO account VALUES (7, 3, 'eu')
            """);
        await SqlAsync(cluster, 1, "UPDATE account SET best = 5, note = 'us' WHERE id = 1");
        await SqlAsync(
            cluster, 1,
            """
            UPDATE account SET best = 6, note = 'us again' WHERE id = 1; UPDATE account SET best = 9 WHERE id IN (3, 4);
            DELETE FROM account WHERE id IN (5, 6); INSERT INTO account VALUES (7, 4, 'us')
            """);
        bridges.Start(first);
        await EventuallyAsync(
            bridges, cluster, $"SELECT count(*) >= 6 FROM kafkabridge.row_history WHERE history LIKE '%\"Writer\":{first}%'", first);
        bridges.Start(1 - first);
        await bridges.WaitCaughtUpAsync(60);

        await cluster.RequireEqualAsync("account");
        Assert.Equal(
            ["1|7|eu+us:us+us:us again", "4|9|made", "5|1|made", "7|4|eu+us:us"],
            await TextAsync(cluster, 0, "SELECT id, best, note FROM account ORDER BY id"));
        for (var node = 0; node < 2; node++)
        {
            Assert.Equal(
                ["1|merged|sql_function app.merge_account", "3|merged|sql_function app.merge_account"],
                await TextAsync(
                    cluster, node, "SELECT DISTINCT replica_identity ->> 'id', resolution, resolver FROM kafkabridge.conflict "
                    + "WHERE replica_identity ->> 'id' IN ('1', '3') ORDER BY 1"));
        }

        await StoriesAsync(cluster);

        // Who has seen what stands may write what he likes, and nothing is kept of rows that every node has.
        await SqlAsync(cluster, 1, "UPDATE account SET best = 0, note = 'seen' WHERE id = 1");
        await bridges.WaitCaughtUpAsync(60);
        Assert.Equal(["0|seen"], await TextAsync(cluster, 0, "SELECT best, note FROM account WHERE id = 1"));
        await EventuallyAsync(bridges, cluster, "SELECT count(*) = 0 FROM kafkabridge.row_history");
    }

    /// <summary>What a person is told of it.</summary>
    static async Task StoriesAsync(BridgeCluster cluster)
    {
        var id = await TextAsync(cluster, 0, "SELECT 'eu:' || min(id) FROM kafkabridge.conflict");
        Assert.Contains(
            "they are put together by sql_function app.merge_account; conflict show prints both rows",
            await cluster.CommandAsync("conflict", "explain", id[0]), StringComparison.Ordinal);
        Assert.Contains("sql_function app.merge_account", await cluster.CommandAsync("conflict", "rules"), StringComparison.Ordinal);
        var story = await BridgeProcess.RunAsync("row", "history", "account", "1", "-c", cluster.ConfigFile);
        Assert.Contains("by sql_function app.merge_account, as neither knew of the other", story.Output, StringComparison.Ordinal);
        Assert.Contains("as it had not seen all that was put together there", story.Output, StringComparison.Ordinal);
        Assert.Contains("what a function returned is not in the log", story.Error, StringComparison.Ordinal);
        Assert.Contains(
            "GRANT EXECUTE ON FUNCTION \"app\".\"merge_account\"", await cluster.CommandAsync("check", "--role-sql"),
            StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Rules);
        var trial = await BridgeProcess.RunAsync("conflict", "rules", "test", file, "-c", cluster.ConfigFile);
        Assert.Contains("a function is not asked here", trial.Error, StringComparison.Ordinal);
        Assert.Contains("0 of ", trial.Error, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("refused", "failed: no merge for refused \\(SQLSTATE P0001\\)")]
    [InlineData("moved", "returned a row of another key, \\{\"id\":\"99\"\\}")]
    public async Task A_function_that_fails_stops_the_origin_until_it_is_replaced_everywhere_and_applied(string note, string how)
    {
        await using var cluster = await StartAsync();
        await cluster.CommandAsync("apply", "--yes");
        await using var bridges = BridgePerNode.Start(cluster);
        await SqlAsync(cluster, 0, "INSERT INTO account VALUES (1, 0, 'made')");
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);
        await SqlAsync(cluster, 0, "UPDATE account SET best = 1, note = 'eu'; INSERT INTO item VALUES (1, 'of eu')");
        await SqlAsync(cluster, 1, $"UPDATE account SET best = 2, note = '{note}'");
        await SqlAsync(cluster, 1, "INSERT INTO item VALUES (2, 'behind')");
        bridges.Start(0);
        await EventuallyAsync(bridges, cluster, "SELECT count(*) = 1 FROM kafkabridge.row_history WHERE history LIKE '%\"eu\"%'");
        bridges.Start(1);
        await EventuallyAsync(bridges, cluster, "SELECT count(*) = 1 FROM kafkabridge.halt");
        await EventuallyAsync(bridges, cluster, "SELECT count(*) = 1 FROM kafkabridge.halt", node: 1);
        Assert.Matches(
            $@"^us \(node 1\) is stopped at its transaction .*: table public\.account \{{""id"":""1""\}}: the function app\.merge_account, "
            + $"which decides its conflicts, {how}\\. CREATE OR REPLACE it alike on every node, then kafkabridge apply --yes\\. .*tx retry",
            Assert.Single(await TextAsync(cluster, 0, "SELECT sentence FROM kafkabridge.halt")));
        Assert.Equal(["1|of eu"], await TextAsync(cluster, 0, "SELECT * FROM item"));

        // On one node only: it is refused by name, with the SQL; and the bridge that runs does not call it.
        var mended = Merge.Replace("IF next.note", "IF false AND next.note", StringComparison.Ordinal);
        await SqlAsync(cluster, 0, mended);
        foreach (var command in (string[][])[["check"], ["apply", "--yes"], ["run", "--node", "eu"]])
        {
            var refused = await BridgeProcess.RunAsync([.. command, "-c", cluster.ConfigFile]);
            Assert.Equal(Precondition, refused.ExitCode);
            Assert.Contains(
                command[0] == "run"
                    ? "the function app.merge_account, which decides the conflicts of public.account, is another than the published one"
                    : "the function app.merge_account, which decides the conflicts of public.account, is another on us than on eu.",
                refused.Output + refused.Error, StringComparison.Ordinal);
            Assert.Equal(
                command[0] != "run",
                (refused.Output + refused.Error).Contains("on us: CREATE OR REPLACE FUNCTION app.merge_account", StringComparison.Ordinal));
        }

        await RetryAsync(cluster);
        await EventuallyAsync(
            bridges, cluster, "SELECT count(*) = 1 FROM kafkabridge.halt WHERE sentence LIKE '%not here as it was published%'");
        await SqlAsync(cluster, 1, mended);
        await cluster.CommandAsync("apply", "--yes");
        Assert.Contains("nothing to do", await cluster.CommandAsync("apply", "--yes"), StringComparison.Ordinal);
        await RetryAsync(cluster);
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("account", "item");
        Assert.Equal([$"1|2|eu+us:{note}"], await TextAsync(cluster, 1, "SELECT id, best, note FROM account"));
        Assert.Equal(["1", "2"], await TextAsync(cluster, 0, "SELECT id FROM item ORDER BY id"));
    }

    static async Task RetryAsync(BridgeCluster cluster)
    {
        for (var node = 0; node < 2; node++)
        {
            foreach (var id in await TextAsync(cluster, node, "SELECT id FROM kafkabridge.halt"))
            {
                await cluster.CommandAsync("tx", "retry", id, "--node", BridgeCluster.NodeName(node));
            }
        }
    }

    [Fact]
    public async Task A_function_that_can_not_decide_is_refused_with_the_reason_and_the_statement()
    {
        await using var cluster = await StartAsync();
        const string Head = $"CREATE FUNCTION app.merge_account({Arguments}) RETURNS ";
        const string Signature =
            "\"app\".\"merge_account\"(\"public\".\"account\", timestamptz, text, \"public\".\"account\", timestamptz, text)";
        await cluster.CommandAsync("plan");
        await RefusedAsync("DROP FUNCTION app.merge_account", "is not on us.", "on us: CREATE OR REPLACE FUNCTION app.merge_account(");
        await RefusedAsync(
            "CREATE FUNCTION app.merge_account(int) RETURNS public.account LANGUAGE sql IMMUTABLE AS 'SELECT NULL::public.account'",
            $"takes (integer), and has to be {Signature}.", "on us: CREATE FUNCTION \"app\".\"merge_account\"(present ");
        await RefusedAsync(
            Head + "SETOF public.account LANGUAGE sql IMMUTABLE AS 'SELECT $1'", "returns a set of rows, and has to return one.", "CREATE");
        await RefusedAsync(
            $"DROP FUNCTION app.merge_account({Arguments}); {Head} text LANGUAGE sql IMMUTABLE AS 'SELECT $3'",
            "returns text, and has to return the table's row.", "CREATE");
        await RefusedAsync(
            $"DROP FUNCTION app.merge_account({Arguments}); {Merge} ALTER FUNCTION app.merge_account({Arguments}) STABLE",
            "is not declared IMMUTABLE", $"on us: ALTER FUNCTION {Signature} IMMUTABLE");
        await RefusedAsync(
            $"ALTER FUNCTION app.merge_account({Arguments}) IMMUTABLE SECURITY DEFINER", "is SECURITY DEFINER",
            $"on us: ALTER FUNCTION {Signature} SECURITY INVOKER");
        await RefusedAsync(
            $"ALTER FUNCTION app.merge_account({Arguments}) SECURITY INVOKER SET DateStyle = 'German'", "is another on us than on eu.",
            "on us: CREATE OR REPLACE FUNCTION app.merge_account(");
        await SqlAsync(cluster, 1, $"ALTER FUNCTION app.merge_account({Arguments}) RESET ALL; CREATE ROLE poor LOGIN");
        await cluster.CommandAsync("plan");

        var port = cluster.Servers[1].Port;
        var file = await File.ReadAllTextAsync(cluster.ConfigFile);
        await File.WriteAllTextAsync(
            cluster.ConfigFile, file.Replace($"postgres@127.0.0.1:{port}", $"poor@127.0.0.1:{port}", StringComparison.Ordinal));
        await RefusedAsync(
            "SELECT 1", "may not be called by the role poor.", $"GRANT EXECUTE ON FUNCTION {Signature} TO \"poor\";");

        async Task RefusedAsync(string sql, string reason, string statement)
        {
            await SqlAsync(cluster, 1, sql);
            var check = await BridgeProcess.RunAsync("check", "-c", cluster.ConfigFile);
            Assert.Equal(Precondition, check.ExitCode);
            Assert.Contains(
                $"us: the function app.merge_account, which decides the conflicts of public.account, {reason}", check.Output,
                StringComparison.Ordinal);
            Assert.Contains(statement, check.Output, StringComparison.Ordinal);
        }
    }

    static Task EventuallyAsync(BridgePerNode bridges, BridgeCluster cluster, string condition, int node = 0) => bridges.EventuallyAsync(
        () => cluster.Servers[node].ScalarAsync<bool>(BridgeCluster.Database, condition), condition, TimeSpan.FromSeconds(90));

    static async Task<BridgeCluster> StartAsync()
    {
        var kafka = await TestKafka.SharedAsync();
        var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, 15, 18);
        await cluster.ConfigureAsync(Rules);
        return cluster;
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static Task<IReadOnlyList<string>> TextAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].TextAsync(BridgeCluster.Database, sql);
}
