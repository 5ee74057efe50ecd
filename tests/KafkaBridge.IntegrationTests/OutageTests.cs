using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>What takes a node's place, and what a cluster leaves behind.</summary>
public sealed class OutageTests
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, name text)";

    [Fact]
    public async Task A_promoted_standby_is_refused_with_the_numbers_and_destroy_leaves_the_topics_of_others()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using (var bridge = cluster.Run())
        {
            await InsertAsync(cluster, 1);
            await cluster.WaitCaughtUpAsync();
            Assert.Equal(0, await bridge.StopAsync());
        }

        await using (var promoted = await cluster.Servers[0].PromotedCopyAsync())
        {
            var file = cluster.ConfigFile + ".promoted";
            var text = await File.ReadAllTextAsync(cluster.ConfigFile);
            await File.WriteAllTextAsync(
                file, text.Replace(cluster.Servers[0].Uri("shop"), promoted.Uri("shop"), StringComparison.Ordinal));
            var refused = await BridgeProcess.RunAsync("run", "--node", "eu", "-c", file);
            Assert.Equal(3, refused.ExitCode);
            Assert.Contains("the server is on timeline 2, and the node was set up on timeline 1", refused.Error, StringComparison.Ordinal);
            Assert.Contains("peers have applied 1:0/", refused.Error, StringComparison.Ordinal);
        }

        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = cluster.BootstrapServers }).Build();
        var foreign = $"{cluster.Name}.eu.x";
        await admin.CreateTopicsAsync([new TopicSpecification { Name = foreign, NumPartitions = 1 }]);
        Assert.Contains($"none of the cluster's: {foreign}", await cluster.CommandAsync("check"), StringComparison.Ordinal);
        Assert.Contains(foreign, await cluster.CommandAsync("destroy", "--yes", "--topics"), StringComparison.Ordinal);
        await Eventually.EqualAsync(
            foreign,
            () => Task.FromResult(string.Join(
                ' ', admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(topic => topic.Topic)
                    .Where(topic => topic.StartsWith(cluster.Name + ".", StringComparison.Ordinal)))),
            "the topics that are left");
    }

    [Fact]
    public async Task A_spine_that_retention_emptied_is_refused_and_halts_who_had_not_read_it()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using (var both = cluster.Run())
        {
            await InsertAsync(cluster, 1);
            await cluster.WaitCaughtUpAsync();
            await both.StopAsync();
        }

        await using (var alone = cluster.Run(0))
        {
            await InsertAsync(cluster, 2); // eu's is published, and us does not read it
            var end = await cluster.Servers[0].ScalarAsync<string>(BridgeCluster.Database, "SELECT pg_current_wal_lsn()::text");
            await Eventually.TrueAsync(
                () => cluster.Servers[0].ScalarAsync<bool>(
                    BridgeCluster.Database, $"SELECT confirmed_flush_lsn >= '{end}' FROM pg_replication_slots"),
                "eu's slot is confirmed");
            await alone.StopAsync();
        }

        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = cluster.BootstrapServers }).Build())
        {
            await admin.DeleteRecordsAsync([new TopicPartitionOffset($"{cluster.Name}.spine", 0, Offset.End)]);
        }

        var refused = await BridgeProcess.RunAsync("run", "--node", "eu", "-c", cluster.ConfigFile);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("KB1025", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"The node's part of {cluster.Name}.spine is empty", refused.Error, StringComparison.Ordinal);
        Assert.Contains("kafkabridge destroy, apply", refused.Error, StringComparison.Ordinal);

        await using var us = cluster.Run(1);
        await Eventually.TrueAsync(
            async () => await cluster.Servers[1].ScalarAsync<string>(BridgeCluster.Database, "SELECT sentence FROM kafkabridge.halt")
                is { } sentence && sentence.Contains("no longer holds what this node has not applied yet", StringComparison.Ordinal),
            "us halts the changes of eu");
        Assert.Equal(["11|from eu", "12|from us", "22|from us"], await RowsAsync(cluster.Servers[1]));
        Assert.Equal(["11|from eu", "12|from us", "21|from eu"], await RowsAsync(cluster.Servers[0]));
    }

    static Task<IReadOnlyList<string>> RowsAsync(PostgresServer server) =>
        server.TextAsync(BridgeCluster.Database, "SELECT * FROM item ORDER BY id");

    static async Task InsertAsync(BridgeCluster cluster, int id)
    {
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, $"INSERT INTO item VALUES ({(10 * id) + 1}, 'from eu')");
        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, $"INSERT INTO item VALUES ({(10 * id) + 2}, 'from us')");
    }
}
