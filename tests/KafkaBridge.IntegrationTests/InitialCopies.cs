using System.Globalization;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary><c>apply --copy-from</c>: empty nodes get the rows of one on which users go on writing.</summary>
public sealed class InitialCopies
{
    const int Items = 100_000; // some 12,000 blocks: two pieces
    const int Writes = 300;

    const string Tables = """
        CREATE TYPE colour AS ENUM ('red', 'green');
        CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL, filler text);
        CREATE TABLE line (id int PRIMARY KEY, item int NOT NULL REFERENCES item);
        CREATE TABLE odd (
          id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED,
          t text, b bytea, a text[], c colour, num numeric, at timestamptz, j jsonb);
        CREATE TABLE empty (id int PRIMARY KEY);
        CREATE TABLE event (i int);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trigger fired'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON line FOR EACH ROW EXECUTE FUNCTION refuse();
        """;

    static readonly string Rows = string.Create(CultureInfo.InvariantCulture, $"""
        SET session_replication_role = replica;
        INSERT INTO item SELECT i, 0, repeat('x', 900) FROM generate_series(1, {Items}) i;
        INSERT INTO line SELECT i, i FROM generate_series(1, 1000) i;
        INSERT INTO event SELECT generate_series(1, 10);
        INSERT INTO odd (t, b, a, c, num, at, j) VALUES
          (E'tab\t, line\n, carriage\r, \\ and \\.', '\x00ff0a', ARRAY['a,b', NULL, '\N'], 'green', 'NaN', '-infinity', '{Quoted}'),
          ('', '', '{Braces}', NULL, 1.10, '0044-03-15 12:00:00+00 BC', 'null'), (NULL, NULL, NULL, 'red', -0.0, NULL, NULL);
        """);

    const string Quoted = """{"a": "\\n"}""";
    const string Braces = "{}";

    [Theory]
    [InlineData(15, 18)]
    [InlineData(18, 14)]
    public async Task Rows_are_copied_while_users_write_and_the_log_goes_on_from_there(int from, int to)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, from, to);
        var eu = cluster.Servers[0];
        await eu.ExecuteAsync(BridgeCluster.Database, Rows);
        await using var users = new Users(eu);
        await users.ReachAsync(Writes);

        // A transaction that has written and not ended: whether it is copied or comes through the log, it comes once.
        await using var slow = await eu.ConnectAsync(BridgeCluster.Database);
        await using var transaction = await slow.BeginTransactionAsync();
        await ExecuteAsync(slow, "UPDATE item SET n = n + 1000 WHERE id = 7; INSERT INTO event VALUES (777)");
        await using var apply = BridgeProcess.Start(["apply", "--yes", "--copy-from", "eu", "--jobs", "3", "-c", cluster.ConfigFile]);
        await Eventually.TrueAsync(
            async () => await eu.ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM pg_publication") > 0, "all but the slot");
        await users.ReachAsync(users.Committed + Writes);
        Assert.Equal(0, await eu.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_replication_slots"));
        await transaction.CommitAsync();
        Assert.Equal(0, await apply.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Contains(" rows (", apply.Output, StringComparison.Ordinal);
        Assert.Contains(" MiB) copied from eu", apply.Output, StringComparison.Ordinal);

        await using var bridges = cluster.Run();
        await users.ReachAsync(users.Committed + Writes);
        await users.StopAsync();
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item", "line", "odd", "empty", "event");
        Assert.Equal(1, await cluster.Servers[1].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM event WHERE i = 777"));

        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "UPDATE item SET n = -1 WHERE id = 11; DELETE FROM odd WHERE id = 2");
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item", "odd");
    }

    [Fact]
    public async Task What_can_not_be_copied_leaves_nothing_behind_and_is_told()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, 15, 15);
        var (eu, us) = (cluster.Servers[0], cluster.Servers[1]);
        await eu.ExecuteAsync(BridgeCluster.Database, Rows);

        await us.ExecuteAsync(BridgeCluster.Database, "INSERT INTO event VALUES (1)");
        await RefusedAsync("KB1035", "TRUNCATE \"public\".\"event\" at us");
        await us.ExecuteAsync(BridgeCluster.Database, "TRUNCATE event; ALTER TABLE odd ADD CHECK (c <> 'red')");
        await RefusedAsync("odd_c_check", "node us");

        await us.ExecuteAsync(BridgeCluster.Database, "ALTER TABLE odd DROP CONSTRAINT odd_c_check");
        await cluster.CommandAsync("apply", "--yes", "--copy-from", "eu");
        await cluster.RequireEqualAsync("item", "line", "odd", "empty", "event");
        await RefusedAsync("KB1038", "apply without --copy-from");

        async Task RefusedAsync(params string[] words)
        {
            var refused = await BridgeProcess.RunAsync("apply", "--yes", "--copy-from", "eu", "-c", cluster.ConfigFile);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.All(words, word => Assert.Contains(word, refused.Error, StringComparison.Ordinal));
            if (words[0] != "KB1038")
            {
                Assert.Equal(0, await us.ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM item"));
                Assert.Equal(0, await eu.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_replication_slots"));
            }
        }
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Two sessions that insert, update and delete, one statement a transaction, until they are stopped.</summary>
    sealed class Users : IAsyncDisposable
    {
        readonly CancellationTokenSource stop = new();
        readonly Task writing;
        int committed;

        public Users(PostgresServer server) => writing = Task.WhenAll(WriteAsync(server, 1), WriteAsync(server, 2));

        public int Committed => Volatile.Read(ref committed);

        public Task ReachAsync(int goal) => Eventually.TrueAsync(() => Task.FromResult(
            writing.IsFaulted ? throw writing.Exception! : Committed >= goal), $"{goal} writes", TimeSpan.FromMinutes(2));

        public async Task StopAsync()
        {
            await stop.CancelAsync();
            await writing;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            stop.Dispose();
        }

        async Task WriteAsync(PostgresServer server, int user)
        {
            await using var connection = await server.ConnectAsync(BridgeCluster.Database);
            for (var i = 1; !stop.IsCancellationRequested; i++)
            {
                var mine = ((i * 37) % Items) + user; // two users may meet in a row
                FormattableString sql = (i % 4) switch
                {
                    0 => $"UPDATE item SET n = n + 1 WHERE id = {mine}",
                    1 => $"INSERT INTO item VALUES ({(user * 1_000_000) + i}, {i}, 'new')",
                    2 => $"DELETE FROM item WHERE id = {(user * 1_000_000) + i - 41} OR id = {mine + 5000}",
                    _ => $"INSERT INTO event VALUES ({i})",
                };
                await ExecuteAsync(connection, FormattableString.Invariant(sql));
                Interlocked.Increment(ref committed);
            }
        }
    }
}
