using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using KafkaBridge.TestKit;
using KafkaBridge.Wire.Tests;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// kcat, Kafka's console consumer, Apache Avro's own reader and JavaScript's read what a bridge writes, behind TLS and a
/// password; schemas come over HTTP from the bridge.
/// </summary>
[Collection(nameof(SecureCluster))]
public sealed class TopicsReadByOthers(SecureCluster cluster)
{
    string Item => cluster.Cluster + ".public.item";

    string[] Topics => [Item, cluster.Cluster + ".spine", cluster.Cluster + ".nodes"];

    [Fact]
    public async Task Kcat_reads_all_kinds_of_topics()
    {
        await WriteAsync(1000);
        Assert.All(await CountAsync(), topic => Assert.True(topic.Value > 0, topic.Key));
    }

    [KafkaToolsFact]
    public async Task The_console_consumer_reads_as_many_as_kcat()
    {
        await WriteAsync(1001);
        var total = (await CountAsync()).Values.Sum();
        var shown = await cluster.Kafka.ToolAsync(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--include", string.Join('|', Topics.Select(System.Text.RegularExpressions.Regex.Escape)), "--from-beginning",
            "--max-messages", total.ToString(CultureInfo.InvariantCulture), "--timeout-ms", "30000",
            "--formatter-property", "print.offset=true");
        Assert.Equal(total, shown.Split("Offset:").Length - 1);
        Assert.Contains("row 1001", shown, StringComparison.Ordinal);
    }

    [OracleFact]
    public Task Apache_Avro_decodes_keys_and_values() => WriteAsync(1002, async registry =>
    {
        var config = new ConsumerConfig(cluster.Kafka.ReaderSettings) { GroupId = "others", EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).Build();
        var partition = new TopicPartition(Item, 0);
        var end = consumer.QueryWatermarkOffsets(partition, TimeSpan.FromSeconds(10)).High.Value;
        consumer.Assign(new TopicPartitionOffset(partition, end - 1));
        var record = consumer.Consume(TimeSpan.FromSeconds(20)).Message;
        using var http = new HttpClient { BaseAddress = registry };
        using var avro = new AvroOracle();
        var key = await DecodeAsync(http, avro, record.Key);
        var value = await DecodeAsync(http, avro, record.Value);
        Assert.Equal(1002, key["id"]!.GetValue<int>());
        Assert.Equal("c", value["op"]!.GetValue<string>());
        Assert.Null(value["before"]);
        var after = value["after"]!.AsObject().Single().Value!;
        Assert.Equal(1002, after["id"]!.GetValue<int>());
        Assert.Equal("row 1002", after["name"]!["string"]!.GetValue<string>());
    });

    [Fact]
    public Task JavaScripts_Avro_and_registry_client_decode_keys_and_values() => WriteAsync(1003, async registry =>
    {
        var reader = cluster.Kafka.ReaderSettings;
        var records = await NodeScript.RunAsync(
            Repository.Path("tests", "KafkaBridge.IntegrationTests", "decode.cjs"),
            new
            {
                client = new
                {
                    clientId = "others",
                    brokers = new[] { reader["bootstrap.servers"] },
                    sasl = new { mechanism = "plain", username = reader["sasl.username"], password = reader["sasl.password"] },
                },
                authority = reader["ssl.ca.location"],
                registry = registry.ToString().TrimEnd('/'),
                topic = Item,
                group = "javascript",
            });
        var record = records.Single(one => one.GetProperty("key").GetProperty("id").GetInt32() == 1003);
        var value = record.GetProperty("value");
        Assert.Equal("c", value.GetProperty("op").GetString());
        Assert.Equal(1003, value.GetProperty("after").GetProperty("id").GetInt32());
        Assert.Equal("row 1003", value.GetProperty("after").GetProperty("name").GetString());
        Assert.Equal("item", value.GetProperty("source").GetProperty("table").GetString());
    });

    /// <summary>Inserts a row at eu, and lets a bridge publish it.</summary>
    /// <param name="whileRunning">With the address of its registry.</param>
    async Task WriteAsync(int id, Func<Uri, Task>? whileRunning = null)
    {
        var port = Commands.FreePort().ToString(CultureInfo.InvariantCulture);
        await using var run = cluster.Start(cluster.BridgeFile, ["run", "--admin-port", port]);
        await cluster.Servers[0].ExecuteAsync(SecureCluster.Database, $"INSERT INTO item VALUES ({id}, 'row {id}')");
        await cluster.RunAsync(cluster.BridgeFile, "wait", "--caught-up", "--timeout", "60");
        await (whileRunning?.Invoke(new Uri($"http://127.0.0.1:{port}")) ?? Task.CompletedTask);
        await run.StopAsync();
    }

    /// <summary>How many records kcat finds in each topic.</summary>
    async Task<Dictionary<string, long>> CountAsync()
    {
        var settings = cluster.Kafka.ReaderSettings.SelectMany(setting => new[] { "-X", $"{setting.Key}={setting.Value}" });
        var records = new Dictionary<string, long>();
        foreach (var topic in Topics)
        {
            var read = await Commands.RunAsync("kcat", [.. settings, "-m", "60", "-C", "-t", topic, "-e", "-q", "-f", "%p %o %K %S\n"]);
            records[topic] = read.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        }

        return records;
    }

    static async Task<JsonNode> DecodeAsync(HttpClient registry, AvroOracle avro, byte[] framed)
    {
        Assert.Equal(0, framed[0]);
        var id = BinaryPrimitives.ReadInt32BigEndian(framed.AsSpan(1));
        var answer = JsonNode.Parse(await registry.GetStringAsync($"schemas/ids/{id.ToString(CultureInfo.InvariantCulture)}"))!;
        return JsonNode.Parse(avro.Decode(answer["schema"]!.GetValue<string>(), framed.AsSpan(5)))!;
    }
}
