using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Bad input, on a cluster that runs: each command says what is wrong, where, and what to type, and its exit code is the
/// documented one.
/// </summary>
public sealed class RefusalTests(HaltFixture fixture) : IClassFixture<HaltFixture>
{
    const int Precondition = 3;
    const int PostgresUnreachable = 4;
    const int KafkaUnreachable = 5;
    const int TimedOut = 9;

    [Fact]
    public async Task A_server_that_is_not_ready_for_logical_replication_is_refused_with_the_statement()
    {
        await using var server = await PostgresServer.StartAsync(15, "wal_level = replica", "max_wal_senders = 5");
        await server.CreateDatabaseAsync(BridgeCluster.Database);
        var file = await ConfigAsync(UriOf(1), server.Uri(BridgeCluster.Database));

        await RefusedAsync(Precondition, file, "wal_level is replica", "check");
        await RefusedAsync(Precondition, file, "ALTER SYSTEM SET wal_level = logical", "apply", "--yes");
    }

    [Fact]
    public async Task A_role_without_rights_is_told_which_it_lacks()
    {
        await fixture.SqlAsync(0, "DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN");
        var file = await ConfigAsync(
            $"postgres@127.0.0.1:{fixture.Cluster.Servers[0].Port}", $"poor@127.0.0.1:{fixture.Cluster.Servers[0].Port}");

        await RefusedAsync(Precondition, file, "ALTER ROLE \"poor\" REPLICATION;", "check");
        await RefusedAsync(Precondition, file, "the role lacks a right", "run", "--node", "eu");
        await RefusedAsync(Precondition, file, "the role lacks a right", "wait", "--caught-up");

        // What rules for foreign keys do is done as a user would.
        await fixture.SqlAsync(0, "ALTER ROLE poor SET session_replication_role = replica");
        await File.AppendAllTextAsync(file, "conflicts: { foreign_keys: delete_child }\n");
        await RefusedAsync(Precondition, file, "GRANT SET ON PARAMETER session_replication_role TO \"poor\";", "check");
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_named()
    {
        var file = await ConfigAsync(fixture.Cluster.BootstrapServers, "127.0.0.1:1");
        foreach (var command in (string[][])[["check"], ["status"], ["run"], ["wait", "--caught-up"]])
        {
            await RefusedAsync(KafkaUnreachable, file, "127.0.0.1:1", command);
        }
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_and_status_goes_on()
    {
        var file = await ConfigAsync(UriOf(1), "postgresql://postgres@127.0.0.1:1/shop");
        await RefusedAsync(PostgresUnreachable, file, "node us (127.0.0.1:1/shop)", "wait", "--caught-up");
        await RefusedAsync(PostgresUnreachable, file, "nothing was removed anywhere", "destroy", "--yes");
        await RefusedAsync(PostgresUnreachable, file, "node us (127.0.0.1:1/shop)", "apply", "--yes");

        var status = await BridgeProcess.RunAsync("status", "-c", file);
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("us    unreachable", status.Output, StringComparison.Ordinal);
        Assert.Contains("eu    running", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_bridge_and_a_destroy_say_who_holds_the_slot()
    {
        await fixture.ArrivesAsync(1, await fixture.InsertAsync(0));
        await RefusedAsync(Precondition, fixture.Cluster.ConfigFile, "KB1044", "run", "--node", "eu");
        await RefusedAsync(Precondition, fixture.Cluster.ConfigFile, "KB1044", "destroy", "--yes");
    }

    [Fact]
    public async Task Wait_is_for_a_nodes_own_deletes_too()
    {
        var id = await fixture.InsertAsync(0);
        await fixture.ArrivesAsync(1, id);
        var tombstones = await fixture.ScalarAsync<string>(0, "SELECT 'kafkabridge.tombstone_' || 'item'::regclass::oid");
        await using (var reader = await fixture.Cluster.Servers[0].ConnectAsync(BridgeCluster.Database))
        {
            await using var held = await reader.BeginTransactionAsync();
            await using var take = new NpgsqlCommand($"LOCK TABLE {tombstones} IN ACCESS EXCLUSIVE MODE", reader);
            await take.ExecuteNonQueryAsync();
            await fixture.SqlAsync(0, $"DELETE FROM item WHERE id = {id}");
            await Eventually.TrueAsync(async () => !await fixture.HasAsync(1, id), "the delete on us");
            await RefusedAsync(TimedOut, fixture.Cluster.ConfigFile, "eu is behind itself", "wait", "--caught-up", "--timeout", "10");
        }

        await fixture.Cluster.WaitCaughtUpAsync();
    }

    [Fact]
    public async Task Wait_is_not_for_a_transaction_that_is_open()
    {
        await using var writer = await fixture.Cluster.Servers[0].ConnectAsync(BridgeCluster.Database);
        await using var open = await writer.BeginTransactionAsync();
        for (var round = 1; round <= 3; round++) // what it writes may lie in the server's memory for long, and need not each time
        {
            await using var insert = new NpgsqlCommand($"INSERT INTO item (id) VALUES (-{round})", writer);
            await insert.ExecuteNonQueryAsync();
            await fixture.Cluster.WaitCaughtUpAsync(10);
        }

        await open.RollbackAsync();
    }

    [Fact]
    public async Task A_topic_that_was_made_by_hand_with_the_wrong_partitions_is_refused()
    {
        var file = await ConfigAsync($"cluster: {fixture.Cluster.Name}", $"cluster: {fixture.Cluster.Name}x");
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = fixture.Cluster.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = $"{fixture.Cluster.Name}x.public.item", NumPartitions = 3 }]);

        await RefusedAsync(Precondition, file, $"{fixture.Cluster.Name}x.public.item has 3 partitions, more than the 2", "check");
        await RefusedAsync(Precondition, file, $"{fixture.Cluster.Name}x.public.item has 3 partitions, more than the 2", "apply", "--yes");
    }

    [Fact]
    public async Task A_publication_that_was_changed_by_hand_is_refused_until_apply_puts_it_right()
    {
        await fixture.SqlAsync(0, "ALTER PUBLICATION kafkabridge DROP TABLE shape");
        await RefusedAsync(Precondition, fixture.Cluster.ConfigFile, "lacks the table public.shape", "run", "--node", "eu");
        await fixture.Cluster.CommandAsync("apply", "--yes");
        await RefusedAsync(Precondition, fixture.Cluster.ConfigFile, "KB1044", "run", "--node", "eu");
    }

    [Fact]
    public async Task Keys_and_identities_that_replication_can_not_go_by_are_named()
    {
        const string Make = """
            CREATE TABLE late (id int PRIMARY KEY DEFERRABLE);
            CREATE TABLE mute (id int PRIMARY KEY); ALTER TABLE mute REPLICA IDENTITY NOTHING;
            CREATE TABLE lax (id int PRIMARY KEY, code int UNIQUE DEFERRABLE);
            CREATE TABLE whole (id int); ALTER TABLE whole REPLICA IDENTITY FULL;
            """;
        for (var node = 0; node < 2; node++)
        {
            await fixture.SqlAsync(node, Make);
        }

        await fixture.SqlAsync(1, "CREATE UNIQUE INDEX lax_both ON lax (code, id)");
        var check = await fixture.RunAsync("check");
        Assert.Equal(Precondition, check.ExitCode);
        Assert.Contains(
            "error    cluster: of public.lax code, id is unique besides the key on us only", check.Output, StringComparison.Ordinal);
        await fixture.SqlAsync(1, "DROP INDEX lax_both");
        Assert.Contains("the primary key of public.late is deferrable", check.Output, StringComparison.Ordinal);
        Assert.Contains("the table public.mute has a primary key and REPLICA IDENTITY NOTHING", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "warning  eu: the table public.lax has unique values besides its key and REPLICA IDENTITY DEFAULT", check.Output,
            StringComparison.Ordinal);
        Assert.Contains("warning  cluster: the table public.whole has no key", check.Output, StringComparison.Ordinal);
        await RefusedAsync(Precondition, fixture.Cluster.ConfigFile, "the primary key of public.late is deferrable", "apply", "--yes");
        for (var node = 0; node < 2; node++)
        {
            await fixture.SqlAsync(node, "DROP TABLE late, mute, lax, whole");
        }
    }

    static async Task RefusedAsync(int exitCode, string file, string sentence, params string[] command)
    {
        var result = await BridgeProcess.RunAsync([.. command, "-c", file]);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', command)} exited {result.ExitCode}:\n{result.Output}{result.Error}");
        Assert.Contains(sentence, result.Output + result.Error, StringComparison.Ordinal);
        Assert.Contains("try: ", result.Output + result.Error, StringComparison.Ordinal);
    }

    string UriOf(int node) => fixture.Cluster.Servers[node].Uri(BridgeCluster.Database);

    /// <summary>The cluster's file with one thing changed.</summary>
    async Task<string> ConfigAsync(string old, string changed)
    {
        var file = Path.Combine(Path.GetDirectoryName(fixture.Cluster.ConfigFile)!, $"{Guid.NewGuid():N}.yaml");
        var text = await File.ReadAllTextAsync(fixture.Cluster.ConfigFile);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(old, changed, StringComparison.Ordinal));
        return file;
    }
}
