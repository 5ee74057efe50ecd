using System.Globalization;
using System.Text.Json;
using KafkaBridge.IntegrationTests;
using KafkaBridge.TestKit;

namespace KafkaBridge.Broker.Tests.Clients;

/// <summary>
/// Clients that are none of ours, against a broker in this process: Java's own test clients and command line tools, kcat,
/// kafkajs, python3-kafka.
/// </summary>
public sealed class OtherClientsTests : IAsyncLifetime, IDisposable
{
    const string Tools = "org.apache.kafka.tools.";

    readonly TestFolder folder = new();
    BrokerServer broker = null!;

    string Data => Path.Combine(folder.Path, "broker");

    public Task InitializeAsync()
    {
        broker = BrokerServer.Start(new BrokerOptions { DataFolder = Data, Listen = new(System.Net.IPAddress.Loopback, 0) });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await broker.DisposeAsync();

    public void Dispose() => folder.Dispose();

    [KafkaToolsFact]
    public async Task Javas_compatibility_test()
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await Commands.TryAsync(
                TestKafka.KafkaLocal!, "tool", Tools + "ClientCompatibilityTest", "--bootstrap-server", broker.BootstrapServers,
                "--topic", "compatible", "--num-cluster-nodes", "1", "--offsets-for-times-supported", "True",
                "--cluster-id-supported", "True", "--expect-record-too-large-exception", "False", "--create-topics-supported", "True",
                "--describe-acls-supported", "False", "--describe-configs-supported", "True", "--idempotent-producer-supported", "True");
            var said = result.Output + result.Error;
            if (attempt == 5 || !said.Contains("Timed out after 10000 ms", StringComparison.Ordinal))
            {
                Assert.Contains("SUCCESS.", said, StringComparison.Ordinal);
                return;
            }

            // From its first record to its last it allows itself 10 s, the start of three clients included: again, where nothing is.
            await broker.DisposeAsync();
            Directory.Delete(Data, recursive: true);
            await InitializeAsync();
        }
    }

    [KafkaToolsFact]
    public async Task Javas_verifiable_clients()
    {
        const int count = 5_000;
        var produced = Events(await ToolAsync("VerifiableProducer", "--topic", "verified", "--max-messages", Text(count)));
        Assert.Equal(count, produced.Last(one => Named(one, "tool_data")).GetProperty("acked").GetInt32());

        var consumed = Events(await ToolAsync(
            "VerifiableConsumer", "--topic", "verified", "--max-messages", Text(count), "--group-id", "verifiers",
            "--reset-policy", "earliest"));
        Assert.Equal(count, consumed.Where(one => Named(one, "records_consumed")).Sum(one => one.GetProperty("count").GetInt32()));
        Assert.All(
            consumed.Where(one => Named(one, "offsets_committed")), one => Assert.True(one.GetProperty("success").GetBoolean()));
        Assert.Contains(consumed, one => Named(one, "offsets_committed"));

        static bool Named(JsonElement one, string name) => one.GetProperty("name").GetString() == name;
    }

    [KafkaToolsFact]
    public async Task Javas_performance_clients()
    {
        const int count = 20_000;
        var produced = await ToolAsync(
            "ProducerPerformance", "--topic", "fast", "--num-records", Text(count), "--record-size", "200", "--throughput", "-1");
        Assert.Contains($"{count} records sent", produced, StringComparison.Ordinal);
        var consumed = await ToolAsync(
            "ConsumerPerformance", "--topic", "fast", "--num-records", Text(count), "--timeout", "30000");
        Assert.Equal(Text(count), consumed.Trim().Split('\n')[^1].Split(", ")[4]);
    }

    [KafkaToolsFact]
    public async Task Javas_producer_in_transactions()
    {
        const int count = 2_000;
        var produced = await ToolAsync(
            "ProducerPerformance", "--topic", "whole", "--num-records", Text(count), "--record-size", "10", "--throughput", "-1",
            "--transactional-id", "whole", "--transaction-duration-ms", "100");
        Assert.Contains($"{count} records sent", produced, StringComparison.Ordinal);
        var shown = await ToolAsync(
            "consumer.ConsoleConsumer", "--topic", "whole", "--from-beginning", "--max-messages", Text(count), "--timeout-ms", "30000",
            "--isolation-level", "read_committed");
        Assert.Equal(count, Lines(shown).Length);
    }

    [KafkaToolsFact]
    public async Task Javas_console_clients()
    {
        await ToolAsync("TopicCommand", "--create", "--topic", "lines", "--partitions", "2");
        await PipeAsync(
            "a:one\nb:two\nc:three\n", TestKafka.KafkaLocal!, "tool", Tools + "ConsoleProducer", "--bootstrap-server",
            broker.BootstrapServers, "--topic", "lines", "--reader-property", "parse.key=true", "--reader-property", "key.separator=:");
        var shown = await ToolAsync(
            "consumer.ConsoleConsumer", "--topic", "lines", "--from-beginning", "--max-messages", "3", "--timeout-ms", "30000",
            "--formatter-property", "print.key=true");
        Assert.Equal(["a\tone", "b\ttwo", "c\tthree"], Lines(shown).Order());
    }

    [Fact]
    public async Task Kcat()
    {
        string[] codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
        foreach (var codec in codecs)
        {
            await PipeAsync($"{codec}:of {codec}\n", "kcat", "-b", broker.BootstrapServers, "-P", "-t", "cats", "-K", ":", "-z", codec);
        }

        var read = await KcatAsync("-C", "-t", "cats", "-o", "beginning", "-e", "-q", "-f", "%o %k %s\n");
        Assert.Equal(codecs.Select((codec, i) => $"{i} {codec} of {codec}"), Lines(read));

        using var listed = JsonDocument.Parse(await KcatAsync("-L", "-J"));
        var topic = Assert.Single(listed.RootElement.GetProperty("topics").EnumerateArray());
        Assert.Equal("cats", topic.GetProperty("topic").GetString());
        Assert.Equal("cats [0] offset 0", (await KcatAsync("-Q", "-t", "cats:0:1")).Trim());

        var grouped = await KcatAsync("-G", "cats-group", "-X", "auto.offset.reset=earliest", "-c", "5", "-q", "-f", "%k\n", "cats");
        Assert.Equal(codecs, Lines(grouped));
    }

    [Fact]
    public async Task Kafkajs()
    {
        const int count = 1_000;
        var seen = Assert.Single(await NodeScript.RunAsync(
            Script("kafkajs.cjs"), new { brokers = new[] { broker.BootstrapServers }, topic = "js", records = count }));
        Assert.Equal("3600000", seen.GetProperty("retention").GetString());
        Assert.Equal(1, seen.GetProperty("nodes").GetInt32());
        Assert.Equal(count, seen.GetProperty("seen").GetInt32());
        Assert.Equal([2, 2], seen.GetProperty("shares").EnumerateArray().Select(share => share.GetInt32()));
        Assert.Equal(count, seen.GetProperty("committed").GetInt32());
        Assert.True(seen.GetProperty("grouped").GetBoolean());
        Assert.False(seen.GetProperty("left").GetBoolean());
    }

    [Fact]
    public async Task Python3_kafka()
    {
        const int count = 1_000;
        var printed = await Commands.RunAsync(
            "/usr/bin/python3", Script("python_kafka.py"), broker.BootstrapServers, "py", Text(count)); // Debian's: python3-kafka is for it
        using var seen = JsonDocument.Parse(printed);
        foreach (var what in (string[])["seen", "committed", "ends"])
        {
            Assert.Equal((what, count), (what, seen.RootElement.GetProperty(what).GetInt32()));
        }

        Assert.Equal(3, seen.RootElement.GetProperty("by_time").GetInt32());
        Assert.True(seen.RootElement.GetProperty("grouped").GetBoolean());
    }

    Task<string> ToolAsync(string tool, params string[] arguments) =>
        TestKafka.RunToolAsync(Tools + tool, ["--bootstrap-server", broker.BootstrapServers, .. arguments]);

    Task<string> KcatAsync(params string[] arguments) =>
        Commands.RunAsync("kcat", ["-b", broker.BootstrapServers, "-m", "30", .. arguments]);

    static Task<string> PipeAsync(string input, params string[] command) =>
        Commands.RunAsync("bash", ["-c", "printf '%s' \"$1\" | \"${@:2}\"", "pipe", input, .. command]);

    static List<JsonElement> Events(string output) =>
        [.. Lines(output).Where(line => line.StartsWith('{')).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    static string Script(string name) => Repository.Path("tests", "KafkaBridge.Broker.Tests", "Clients", name);

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
