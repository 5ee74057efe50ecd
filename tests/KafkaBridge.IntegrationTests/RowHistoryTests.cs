using System.Text.Json;
using Confluent.Kafka;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.IntegrationTests;

/// <summary>What the log knows of one row.</summary>
public sealed class RowHistoryTests
{
    const string Tables =
        "CREATE TABLE item (id int PRIMARY KEY, name text, n int); "
        + "CREATE TABLE pair (a numeric(6,2), b text, note text, PRIMARY KEY (a, b)); ALTER TABLE pair REPLICA IDENTITY FULL; "
        + "CREATE TABLE note (text text)";

    [Fact]
    public async Task Tells_who_wrote_what_and_why_it_won()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, 15, 18);
        await cluster.ConfigureAsync("partitions_per_node: 3");
        await cluster.CommandAsync("apply", "--yes");
        await using (var first = cluster.Run())
        {
            await SqlAsync(cluster, 0, "INSERT INTO item SELECT i, 'old', i FROM generate_series(1, 50) AS i");
            await SqlAsync(cluster, 0, "INSERT INTO pair VALUES (1.5, 'é', 'first'), (1.5, 'x', 'another')");
            await cluster.WaitCaughtUpAsync();
            Assert.Equal(0, await first.StopAsync());
        }

        await SqlAsync(cluster, 0, "UPDATE item SET name = 'eu' WHERE id = 7");
        await SqlAsync(cluster, 1, "UPDATE item SET name = 'us' WHERE id = 7");
        await SqlAsync(cluster, 1, "UPDATE pair SET note = NULL WHERE b = 'é'");
        await using var second = cluster.Run();
        await cluster.WaitCaughtUpAsync();
        await SqlAsync(cluster, 0, "UPDATE pair SET note = 'second' WHERE b = 'é'; TRUNCATE item");
        await cluster.WaitCaughtUpAsync();

        var history = await HistoryAsync(cluster, "public.item", "007");
        var steps = Steps(history);
        Assert.Equal(["eu insert followed", "eu update lost", "us update followed", "eu truncate stands"], steps.Select(Summary));
        Assert.Equal(["old → eu"], Values(steps[1]));
        Assert.Equal(["old → us"], Values(steps[2]));
        Assert.Equal("update_origin_differs", steps[2].GetProperty("conflict").GetString());
        Assert.Contains("wins over eu's update of ", Because(steps[2]), StringComparison.Ordinal);
        Assert.Contains("; lost to us's update of ", Because(steps[1]), StringComparison.Ordinal);
        Assert.True(history.GetProperty("isWhole").GetBoolean());
        Assert.Equal(2, history.GetProperty("log").GetArrayLength());

        // A record's place is the one that a reader of the topic finds it at.
        var tapped = (await cluster.CommandAsync("topic", "tap", "public.item")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Single(line => line.GetProperty("op").GetString() == "u" && line.GetProperty("node").GetInt32() == 1);
        foreach (var name in new[] { "topic", "partition", "offset", "commitLsn", "epoch", "ordinal" })
        {
            Assert.Equal(tapped.GetProperty(name).ToString(), steps[2].GetProperty(name).ToString());
        }

        var pair = Steps(await HistoryAsync(cluster, "pair", """{"a": 1.5, "b": "é"}"""));
        Assert.Equal(["eu insert followed", "us update followed", "eu update stands"], pair.Select(Summary));
        Assert.Equal(["first → "], Values(pair[1]));
        Assert.Equal([" → second"], Values(pair[2]));

        var noted = await BridgeProcess.RunAsync("row", "history", "pair", """{"a": 1.5, "b": "é"}""", "-c", cluster.ConfigFile);
        Assert.Contains("only writes whose key is written as {", noted.Error, StringComparison.Ordinal); // as numeric may be

        var newest = Steps(await HistoryAsync(cluster, "item", "7", "--limit", "2"));
        Assert.Equal(["us update followed", "eu truncate stands"], newest.Select(Summary));
        Assert.Contains("wins over", await cluster.CommandAsync("row", "history", "item", "7"), StringComparison.Ordinal);

        await RefusedAsync(cluster, 2, "KB1089", "the table public.itm is not replicated", "try: public.item", "public.itm", "1");
        await RefusedAsync(cluster, 2, "KB1091", "'1' is no key of public.pair", "its key is (a numeric(6,2), b text)", "pair", "1");
        await RefusedAsync(cluster, 2, "KB1091", "invalid input syntax for type integer", "its key is (id integer)", "item", "seven");
        await RefusedAsync(cluster, 2, "KB1090", "the table public.note has no key", "", "note", "1");
        await RefusedAsync(
            cluster, 1, "KB1092", """the log has no write of public.item {"id":"51"}""", $"us's {cluster.Name}.public.item/", "item", "51");
    }

    /// <summary>A capture that was killed begins a transaction again: what its first attempt left in the topic does not count.</summary>
    [Fact]
    public async Task Only_the_attempt_that_the_spine_names_counts()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Tables, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run();
        await SqlAsync(cluster, 0, "INSERT INTO item VALUES (1, 'a', 1)");
        await SqlAsync(cluster, 0, "UPDATE item SET name = 'b'");
        await cluster.WaitCaughtUpAsync();
        var steps = Steps(await HistoryAsync(cluster, "item", "1"));
        await AttemptAsync(cluster, steps[1]);

        Assert.Equal(["eu insert followed", "eu update stands"], Steps(await HistoryAsync(cluster, "item", "1")).Select(Summary));
        var told = await BridgeProcess.RunAsync("row", "history", "item", "1", "-c", cluster.ConfigFile);
        Assert.Contains("1 records that no entry of the spine names are left out", told.Error, StringComparison.Ordinal);
    }

    /// <summary>Writes the step's record once more, as a session would that ended before the transaction was whole.</summary>
    static async Task AttemptAsync(BridgeCluster cluster, JsonElement step)
    {
        var place = new TopicPartitionOffset(
            step.GetProperty("topic").GetString(), step.GetProperty("partition").GetInt32(), step.GetProperty("offset").GetInt64());
        using var consumer = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = cluster.BootstrapServers, GroupId = "test", EnableAutoCommit = false }).Build();
        consumer.Assign(place);
        var record = consumer.Consume(TimeSpan.FromSeconds(20));
        var header = RecordHeader.Parse(record.Message.Headers.GetLastBytes(RecordHeader.Name));
        record.Message.Headers = new Headers { { RecordHeader.Name, (header with { Session = header.Session + 1 }).ToBytes() } };
        using var producer = new ProducerBuilder<byte[], byte[]>(
            new ProducerConfig { BootstrapServers = cluster.BootstrapServers }).Build();
        await producer.ProduceAsync(place.TopicPartition, record.Message);
    }

    static async Task RefusedAsync(
        BridgeCluster cluster, int exitCode, string code, string sentence, string hint, string table, string key)
    {
        var refused = await BridgeProcess.RunAsync("row", "history", table, key, "-c", cluster.ConfigFile);
        Assert.Equal((exitCode, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith($"error {code}: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
        Assert.Contains(hint, refused.Error, StringComparison.Ordinal);
    }

    static async Task<JsonElement> HistoryAsync(BridgeCluster cluster, string table, string key, params string[] more) =>
        JsonSerializer.Deserialize<JsonElement>(await cluster.CommandAsync(["row", "history", table, key, "-o", "json", .. more]));

    static JsonElement[] Steps(JsonElement history) => [.. history.GetProperty("steps").EnumerateArray()];

    static string Summary(JsonElement step) =>
        $"{step.GetProperty("node")} {step.GetProperty("operation")} {step.GetProperty("outcome")}";

    static string Because(JsonElement step) => step.GetProperty("because").GetString()!;

    static IEnumerable<string> Values(JsonElement step) =>
        step.GetProperty("values").EnumerateObject().Select(value => value.Value)
            .Select(value => $"{value.GetProperty("old")} → {value.GetProperty("new")}");

    static Task SqlAsync(BridgeCluster cluster, int node, string sql) => cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);
}
