using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Every metric that the design names is there, with HELP and TYPE, and says what happened.</summary>
public sealed partial class MetricsOfARunningBridge
{
    [Fact]
    public async Task What_is_documented_is_there_and_moves()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE \"or\"\"der\" (id int PRIMARY KEY, name text)", 15, 15);
        await Everywhere(cluster, "ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'");
        await Everywhere(cluster, "SELECT pg_reload_conf()");
        await cluster.CommandAsync("apply", "--yes");
        await using (var first = cluster.Run())
        {
            await Write(cluster, 0, "INSERT INTO \"or\"\"der\" VALUES (1, 'a'), (2, 'b')");
            await cluster.WaitCaughtUpAsync();
            await first.StopAsync();
        }

        // Neither node can know the other's update.
        await Write(cluster, 0, "UPDATE \"or\"\"der\" SET name = 'eu' WHERE id = 1");
        await Write(cluster, 1, "UPDATE \"or\"\"der\" SET name = 'us' WHERE id = 1");

        var port = Commands.FreePort();
        await using var bridge = BridgeProcess.Start(
            ["run", "-c", cluster.ConfigFile, "--admin-port", port.ToString(CultureInfo.InvariantCulture)]);
        await cluster.WaitCaughtUpAsync();
        await ApplierLosesItsConnection(cluster);
        await Write(cluster, 1, "DELETE FROM \"or\"\"der\" WHERE id = 2");
        await cluster.WaitCaughtUpAsync();
        await DeadLetter(kafka, cluster);

        var scrape = await Scrape.OfAsync(port);
        await Eventually.TrueAsync(
            async () =>
            {
                scrape = await Scrape.OfAsync(port);
                return scrape.Sum("kafkabridge_dead_letters_total") == 1 && scrape.Sum("kafkabridge_conflicts_total") > 0
                    && scrape.Sum("kafkabridge_apply_lag_bytes") == 0 && scrape.Has("kafkabridge_apply_catchup_seconds")
                    && scrape.Sum("kafkabridge_slot_active") == 2; // each node is observed at its own time: before it captures, too
            },
            "the observers see the dead letter, the conflict, no backlog, and both slots read");

        foreach (var (name, type) in Documented())
        {
            Assert.Contains(name, scrape.Described);
            Assert.Equal(type, scrape.Types[name]);
            Assert.True(scrape.Has(type == "histogram" ? name + "_bucket" : name), $"{name} has no sample");
        }

        Assert.Equal(Documented().Select(one => one.Name).Order(), scrape.Types.Keys.Order());
        Table("kafkabridge_capture_events_total", 1, "node=\"eu\"", "op=\"u\"");
        Table("kafkabridge_capture_events_total", 1, "node=\"us\"", "op=\"d\"");
        Table(
            "kafkabridge_conflicts_total", 1, "node=\"eu\"", "origin=\"us\"", "type=\"update_origin_differs\"",
            "resolution=\"apply_remote\"");
        Assert.Equal(1, scrape.Sum("kafkabridge_capture_transactions_total", "node=\"eu\""));
        Assert.Equal(2, scrape.Sum("kafkabridge_apply_transactions_total", "origin=\"us\"", "node=\"eu\""));
        Assert.Equal(2, scrape.Sum("kafkabridge_end_to_end_seconds_count", "origin=\"us\"", "node=\"eu\""));
        Assert.Equal(2, scrape.Sum("kafkabridge_end_to_end_seconds_bucket", "origin=\"us\"", "node=\"eu\"", "le=\"+Inf\""));
        Assert.InRange(scrape.Sum("kafkabridge_end_to_end_seconds_sum", "origin=\"us\"", "node=\"eu\""), 0.0005, 120);
        Assert.Equal(1, scrape.Sum("kafkabridge_apply_errors_total", "node=\"us\"", "sqlstate=\"57P01\""));
        Assert.Equal(2, scrape.Sum("kafkabridge_node_state", "state=\"running\""));
        Assert.Equal(2, scrape.Sum("kafkabridge_slot_wal_status", "status=\"reserved\""));
        Assert.InRange(scrape.Sum("kafkabridge_slot_safe_wal_bytes", "node=\"eu\""), 1, 2e9);
        Assert.InRange(scrape.Sum("kafkabridge_capture_lag_seconds", "node=\"eu\""), 0, 30);
        Assert.InRange(Math.Abs(scrape.Sum("kafkabridge_clock_skew_seconds", "node=\"eu\"")), 0, 1); // one machine, one clock
        var now = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        Assert.InRange(scrape.Sum("kafkabridge_apply_position_timestamp_seconds", "origin=\"us\"", "node=\"eu\""), now - 120, now);

        using var status = JsonDocument.Parse(await cluster.CommandAsync("status", "-o", "json"));
        var eu = status.RootElement.GetProperty("nodes")[0];
        Assert.Equal(1, eu.GetProperty("conflictsByType").GetProperty("update_origin_differs").GetInt64());
        Assert.InRange(eu.GetProperty("unpublishedBytes").GetInt64(), 0, 1 << 24);
        Assert.InRange(eu.GetProperty("slot").GetProperty("safeBytes").GetInt64(), 1, 2_000_000_000);
        Assert.Equal("caught up", eu.GetProperty("origins")[0].GetProperty("state").GetString());

        void Table(string name, double value, params string[] labels) =>
            Assert.Equal(value, scrape.Sum(name, [.. labels, "schema=\"public\"", "table=\"or\\\"der\""]));
    }

    static async Task Everywhere(BridgeCluster cluster, string sql)
    {
        for (var node = 0; node < cluster.Servers.Count; node++)
        {
            await Write(cluster, node, sql);
        }
    }

    static Task<int> Write(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    static async Task ApplierLosesItsConnection(BridgeCluster cluster) =>
        Assert.True(await cluster.Servers[1].ScalarAsync<bool>(
            BridgeCluster.Database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'kafkabridge/%/apply'"));

    static async Task DeadLetter(TestKafka kafka, BridgeCluster cluster)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        await producer.ProduceAsync(new TopicPartition($"{cluster.Name}.dlq", 0), new Message<Null, string> { Value = "for the count" });
    }

    /// <summary>The table of metrics in the program's design.</summary>
    static List<(string Name, string Type)> Documented()
    {
        var text = File.ReadAllText(Repository.Path("src", "KafkaBridge", "DESIGN.md"));
        return [.. Row().Matches(text).Select(row => (row.Groups[1].Value, row.Groups[2].Value))];
    }

    [GeneratedRegex(@"^\| `(kafkabridge_[a-z_]+)` \| (gauge|counter|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
