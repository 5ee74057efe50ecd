using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Rules that need a row's history, on real nodes: what was written apart comes together as the rules say.</summary>
public sealed class ConflictRulesTests
{
    const string Tables =
        """
        CREATE TABLE account (id int PRIMARY KEY, balance numeric(12,2) NOT NULL DEFAULT 0, best int, first_seen timestamptz,
          tags text[], note text, profile jsonb, owner text);
        CREATE TABLE first (id int PRIMARY KEY, value text);
        CREATE TABLE preferred (id int PRIMARY KEY, value text);
        CREATE TABLE plain (id int PRIMARY KEY, value text);
        CREATE TABLE strict (id int PRIMARY KEY, value text);
        CREATE TABLE kinds (id int PRIMARY KEY, value text);
        """;

    const string Rules =
        "conflicts: { priority: [us, eu], tables: { public.first: first_update_wins, public.preferred: origin_priority, "
        + "public.strict: error, "
        + "public.kinds: { \"*\": { when: concurrent, update_origin_differs: first_update_wins, delete_origin_differs: manual } }, "
        + "public.account: "
        + "{ \"*\": last_update_wins, balance: delta, best: max, first_seen: min, tags: set_union, note: text_merge, "
        + "profile: json_merge } } }";

    /// <param name="first">Whose own writes come through the log before the other's.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_was_written_apart_comes_together_as_the_rules_say(int first)
    {
        await using var cluster = await StartAsync(15, 18);
        await using var bridges = BridgePerNode.Start(cluster);
        await SqlAsync(
            cluster, 0,
            """
            INSERT INTO account VALUES (1, 100, 5, '2026-01-01', '{red}', E'one\ntwo\nthree', '{"a": 1}', 'nobody');
            INSERT INTO first VALUES (1, 'made'); INSERT INTO preferred VALUES (1, 'made'); INSERT INTO plain VALUES (1, 'made')
            """);
        await bridges.WaitCaughtUpAsync(60);

        // Apart: each writes without the other, eu before us.
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);
        await SqlAsync(
            cluster, 0,
            """
            UPDATE account SET balance = balance + 10, best = 7, first_seen = '2025-06-01', tags = tags || '{green}', owner = 'eu',
              note = E'one of eu\ntwo\nthree', profile = profile || '{"b": 2}';
            UPDATE account SET balance = balance - 0.5;
            UPDATE first SET value = 'eu'; UPDATE preferred SET value = 'eu'; UPDATE plain SET value = 'eu'
            """);
        await SqlAsync(
            cluster, 1,
            """
            UPDATE account SET balance = balance * 2, best = 6, first_seen = '2025-12-31', tags = tags || '{blue}', owner = 'us',
              note = E'one\ntwo\nthree of us', profile = profile || '{"c": 3}';
            UPDATE first SET value = 'us'; UPDATE preferred SET value = 'us';
            """);
        await SqlAsync(cluster, 0, "UPDATE preferred SET value = 'eu again'");
        bridges.Start(first);
        await bridges.EventuallyAsync(
            async () => await cluster.Servers[first].ScalarAsync<long>(
                BridgeCluster.Database,
                $"SELECT count(*) FROM kafkabridge.row_history WHERE history LIKE '%of {BridgeCluster.NodeName(first)}%'") == 1,
            "its own write has come", TimeSpan.FromSeconds(60));
        bridges.Start(1 - first);
        await bridges.WaitCaughtUpAsync(60);

        await cluster.RequireEqualAsync("account", "first", "preferred", "plain");
        Assert.Equal(
            ["209.50|7|2025-06-01 00:00:00+00|{blue,green,red}|one of eu/two/three of us|{\"a\": 1, \"b\": 2, \"c\": 3}|us"],
            await TextAsync(
                cluster, 0,
                "SELECT balance, best, first_seen AT TIME ZONE 'UTC' || '+00', tags, replace(note, E'\\n', '/'), profile, owner "
                + "FROM account"));
        Assert.Equal(["eu"], await TextAsync(cluster, 1, "SELECT value FROM first"));
        Assert.Equal(["us"], await TextAsync(cluster, 0, "SELECT value FROM preferred"));
        Assert.Equal(
            ["account|merged|∅", "first|decided|eu"],
            await TextAsync(
                cluster, 0,
                """
                SELECT DISTINCT relname, CASE WHEN resolution = 'merged' THEN 'merged' ELSE 'decided' END,
                  CASE resolution WHEN 'keep_local' THEN local_tuple WHEN 'apply_remote' THEN remote_tuple END ->> 'value'
                FROM kafkabridge.conflict WHERE conflict_type = 'update_origin_differs' AND relname <> 'preferred' ORDER BY 1
                """));

        await StoriesAsync(cluster);

        // One who knows what stands may always write, whatever the rule.
        await SqlAsync(cluster, 1, "UPDATE first SET value = 'us, later'; UPDATE account SET balance = 1; DELETE FROM preferred");
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("account", "first", "preferred", "plain");
        Assert.Equal(["us, later|1.00"], await TextAsync(cluster, 0, "SELECT value, balance FROM first, account"));
    }

    /// <summary>What a person is told of it.</summary>
    static async Task StoriesAsync(BridgeCluster cluster)
    {
        Assert.Contains(
            "by first_update_wins, as neither knew of the other", await cluster.CommandAsync("row", "history", "first", "1"),
            StringComparison.Ordinal);
        Assert.Contains("balance by delta", await cluster.CommandAsync("row", "history", "account", "1"), StringComparison.Ordinal);
        Assert.Contains("public.account    balance     delta", await cluster.CommandAsync("conflict", "rules"), StringComparison.Ordinal);
        var merged = await TextAsync(cluster, 0, "SELECT 'eu:' || min(id) FROM kafkabridge.conflict WHERE resolution = 'merged'");
        Assert.Contains(
            "they are put together by last_update_wins, balance: delta", await cluster.CommandAsync("conflict", "explain", merged[0]),
            StringComparison.Ordinal);
        var refused = await BridgeProcess.RunAsync(
            "conflict", "resolve", merged[0], "--take", "remote", "--reason", "x", "-c", cluster.ConfigFile);
        Assert.Contains("its columns were put together", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_lost_by_error_stops_its_origin_until_a_person_has_decided()
    {
        await using var cluster = await StartAsync(15, 18);
        await using var bridges = BridgePerNode.Start(cluster);
        await SqlAsync(cluster, 0, "INSERT INTO strict VALUES (1, 'made'); INSERT INTO kinds VALUES (1, 'made'), (2, 'made'), (3, 'made')");
        await bridges.WaitCaughtUpAsync(60);
        await bridges.StopAsync(0);
        await bridges.StopAsync(1);
        await SqlAsync(
            cluster, 0,
            """
            UPDATE strict SET value = 'eu'; UPDATE kinds SET value = 'eu' WHERE id < 3; DELETE FROM kinds WHERE id = 3
            """);
        await SqlAsync(
            cluster, 1,
            """
            UPDATE strict SET value = 'us'; UPDATE kinds SET value = 'us' WHERE id IN (1, 3); DELETE FROM kinds WHERE id = 2
            """);
        await SqlAsync(cluster, 1, "INSERT INTO plain VALUES (9, 'behind')");
        bridges.Start(0);
        await EventuallyAsync(bridges, cluster, "SELECT count(*) = 3 FROM kafkabridge.row_history WHERE history LIKE '%eu%'");
        bridges.Start(1);
        await EventuallyAsync(bridges, cluster, "SELECT count(*) = 1 FROM kafkabridge.halt WHERE writer = 1");

        var id = Assert.Single(await TextAsync(cluster, 0, "SELECT 'eu:' || id FROM kafkabridge.conflict WHERE resolver = 'error'"));
        var sentence = Assert.Single(await TextAsync(cluster, 0, "SELECT sentence FROM kafkabridge.halt"));
        Assert.Matches(
            @"us \(node 1\) is stopped after its transaction .*: update_origin_differs on public\.strict \{""id"": ""1""\}: us and eu "
            + $"wrote it without knowing.*conflict resolve {id} --take", sentence);
        var waited = await BridgeProcess.RunAsync("wait", "--caught-up", "--timeout", "60", "-c", cluster.ConfigFile);
        Assert.Equal(8, waited.ExitCode);
        var status = await BridgeProcess.RunAsync("status", "-c", cluster.ConfigFile);
        Assert.Contains($"conflict resolve {id}", status.Error, StringComparison.Ordinal);
        Assert.Contains(
            "the other nodes apply no more of us until", await cluster.CommandAsync("conflict", "explain", id), StringComparison.Ordinal);
        Assert.Empty(await TextAsync(cluster, 0, "SELECT value FROM plain"));
        await EventuallyAsync(bridges, cluster, "SELECT value = 'eu' FROM strict", node: 1);

        await cluster.CommandAsync("conflict", "resolve", id, "--take", "remote", "--reason", "us had asked first");
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("strict", "kinds", "plain");
        Assert.Equal(["us|behind"], await TextAsync(cluster, 0, "SELECT strict.value, plain.value FROM strict, plain"));
        Assert.Equal(["0", "0"], await TextAsync(
            cluster, 1, "SELECT count(*) FROM kafkabridge.halt UNION ALL SELECT count(*) FROM kafkabridge.conflict "
            + "WHERE resolver = 'error' AND reviewed_by IS NULL"));

        // The first update, the row that a later delete did not know, and the update after a delete.
        Assert.Equal(["eu", "eu", "us"], await TextAsync(cluster, 1, "SELECT value FROM kinds ORDER BY id"));
        for (var node = 0; node < 2; node++)
        {
            Assert.Equal(
                ["1|update_origin_differs|first_update_wins", "2|delete_origin_differs|manual", "3|update_deleted|last_update_wins"],
                await TextAsync(
                    cluster, node, "SELECT replica_identity ->> 'id', conflict_type, resolver FROM kafkabridge.conflict "
                    + "WHERE relname = 'kinds' ORDER BY 1"));
        }

        Assert.Contains(
            "last_update_wins, update_origin_differs: first_update_wins, delete_origin_differs: manual",
            await cluster.CommandAsync("conflict", "rules"), StringComparison.Ordinal);
        Assert.Contains(
            "by first_update_wins, as neither knew", await cluster.CommandAsync("row", "history", "kinds", "1"), StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "tables: { public.kinds: { \"*\": { delete_origin_differs: first_update_wins } } }");
        var trial = await BridgeProcess.RunAsync("conflict", "rules", "test", file, "-c", cluster.ConfigFile);
        Assert.Contains("4 of 8 recorded conflicts would be decided otherwise", trial.Error, StringComparison.Ordinal);
        File.Delete(file);
    }

    static Task EventuallyAsync(BridgePerNode bridges, BridgeCluster cluster, string condition, int node = 0) => bridges.EventuallyAsync(
        () => cluster.Servers[node].ScalarAsync<bool>(BridgeCluster.Database, condition), condition, TimeSpan.FromSeconds(60));

    [Fact]
    public async Task Increments_of_hot_rows_are_all_there_after_kills()
    {
        const int Rows = 20;
        await using var cluster = await StartAsync(15, 15);
        await SqlAsync(cluster, 0, $"INSERT INTO account (id) SELECT generate_series(1, {Rows})");
        for (var node = 0; node < 2; node++)
        {
            await SqlAsync(cluster, node, "CREATE SCHEMA audit; CREATE TABLE audit.added (amount int)");
        }

        await using var bridges = BridgePerNode.Start(cluster);
        await bridges.WaitCaughtUpAsync(60);
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            script,
            $"""
            \set id random(1, {Rows})
            \set amount random(1, 9)
            BEGIN;
            UPDATE account SET balance = balance + :amount, owner = 'x' || :amount WHERE id = :id;
            INSERT INTO audit.added VALUES (:amount);
            COMMIT;
            """);
        string[] load = ["-n", "-c", "2", "-R", "100", "-T", "8", "-f", script];
        var running = Task.WhenAll(cluster.Servers.Select(server => Pgbench.RunAsync(server, BridgeCluster.Database, load)));
        for (var kill = 0; kill < 4; kill++)
        {
            var written = await AddedAsync(cluster);
            await bridges.EventuallyAsync(
                async () => running.IsCompleted || await AddedAsync(cluster) > written + 500, "more is written", TimeSpan.FromSeconds(60));
            await bridges.KillAsync(kill % 2);
            bridges.Start(kill % 2);
        }

        await running;
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("account");
        var sum = await cluster.Servers[0].ScalarAsync<decimal>(BridgeCluster.Database, "SELECT sum(balance) FROM account");
        Assert.Equal(await AddedAsync(cluster), sum);
        File.Delete(script);
    }

    [Fact]
    public async Task A_row_fought_over_by_insert_update_and_delete_ends_alike()
    {
        await using var cluster = await StartAsync(15, 15, 15);
        await using var bridges = BridgePerNode.Start(cluster);
        var writers = Enumerable.Range(0, 3).Select(node => FightAsync(cluster, node)).ToList();
        await Task.WhenAll(writers);
        await bridges.WaitCaughtUpAsync(60);
        await cluster.RequireEqualAsync("account", "first", "preferred", "plain");
        await bridges.EventuallyAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, 3).Select(node => cluster.Servers[node].ScalarAsync<long>(
                BridgeCluster.Database, "SELECT count(*) FROM kafkabridge.row_history")))).Sum() == 0,
            "nothing is kept of rows that every node has", TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Truncate_is_refused_where_rows_need_their_history()
    {
        await using var cluster = await StartAsync(15);
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => SqlAsync(cluster, 0, "TRUNCATE first"));
        Assert.Contains("can not be truncated", refused.MessageText, StringComparison.Ordinal);
        await SqlAsync(cluster, 0, "TRUNCATE plain");
    }

    static async Task FightAsync(BridgeCluster cluster, int node)
    {
        var random = new Random(node);
        await using var connection = await cluster.Servers[node].ConnectAsync(BridgeCluster.Database);
        for (var turn = 0; turn < 400; turn++)
        {
            var (table, id) = (random.Next(3) switch { 0 => "first", 1 => "preferred", _ => "account" }, random.Next(1, 6));
            var (set, value) = table == "account"
                ? ("balance = account.balance + 1, owner", $"'{node}.{turn}'")
                : ("value", $"'{node}.{turn}'");
            var column = table == "account" ? "owner" : "value";
            await using var command = new Npgsql.NpgsqlCommand(
                random.Next(4) == 0
                    ? $"DELETE FROM {table} WHERE id = {id}"
                    : $"INSERT INTO {table} (id, {column}) VALUES ({id}, {value}) ON CONFLICT (id) DO UPDATE SET {set} = {value}",
                connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    static async Task<BridgeCluster> StartAsync(params int[] versions)
    {
        var kafka = await TestKafka.SharedAsync();
        var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, versions);
        await cluster.ConfigureAsync(versions.Length == 1 ? Rules.Replace("us, eu", "eu", StringComparison.Ordinal) : Rules);
        await cluster.CommandAsync("apply", "--yes");
        return cluster;
    }

    static async Task<decimal> AddedAsync(BridgeCluster cluster)
    {
        var sum = 0m;
        foreach (var server in cluster.Servers)
        {
            sum += await server.ScalarAsync<long>(BridgeCluster.Database, "SELECT coalesce(sum(amount), 0) FROM audit.added");
        }

        return sum;
    }

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static Task<IReadOnlyList<string>> TextAsync(BridgeCluster cluster, int node, string sql) =>
        cluster.Servers[node].TextAsync(BridgeCluster.Database, sql);
}
