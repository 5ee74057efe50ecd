using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Two nodes whose bridges run in one process, and somebody who writes into the cluster's topics. Shared by cases that
/// leave it well.
/// </summary>
public sealed class HaltFixture : IAsyncLifetime
{
    const string Tables = """
        CREATE TABLE item (id int PRIMARY KEY, name text);
        CREATE TABLE shape (id int PRIMARY KEY, name text);
        CREATE TABLE badge (id int PRIMARY KEY, code text UNIQUE);
        """;

    BridgeProcess? bridge;
    int rows;

    public BridgeCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Cluster = await BridgeCluster.StartAsync((await TestKafka.SharedAsync()).BootstrapServers, Tables, 15, 15);
        await Cluster.CommandAsync("apply", "--yes");
        bridge = Cluster.Run();
    }

    public async Task DisposeAsync()
    {
        if (bridge is not null)
        {
            await bridge.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }

    /// <summary>All that the running bridge wrote on standard error.</summary>
    public string Said => bridge!.Error;

    public async Task RestartAsync()
    {
        Assert.Equal(0, await bridge!.StopAsync());
        await bridge.DisposeAsync();
        bridge = Cluster.Run();
    }

    public Task SqlAsync(int node, string sql) => Cluster.Servers[node].ExecuteAsync(BridgeCluster.Database, sql);

    public Task<T?> ScalarAsync<T>(int node, string sql) => Cluster.Servers[node].ScalarAsync<T>(BridgeCluster.Database, sql);

    public Task<CommandResult> RunAsync(params string[] arguments) => BridgeProcess.RunAsync([.. arguments, "-c", Cluster.ConfigFile]);

    /// <summary>Inserts a row with a number of its own into item on one node.</summary>
    public async Task<int> InsertAsync(int node)
    {
        var id = (10 * ++rows) + node;
        await SqlAsync(node, $"INSERT INTO item VALUES ({id}, 'row {id}')");
        return id;
    }

    public async Task<bool> HasAsync(int node, int id) =>
        await ScalarAsync<bool>(node, $"SELECT EXISTS (SELECT FROM item WHERE id = {id})");

    public Task ArrivesAsync(int node, int id) =>
        Eventually.TrueAsync(() => HasAsync(node, id), $"row {id} on {BridgeCluster.NodeName(node)}", TimeSpan.FromSeconds(60));

    /// <summary>Waits as a user would; the command must say that a person has to decide.</summary>
    public async Task<CommandResult> HaltAsync()
    {
        CommandResult? result = null;
        await Eventually.TrueAsync(
            async () => (result = await RunAsync("wait", "--caught-up", "--timeout", "20")).ExitCode == 8, "a halt that wait tells");
        return result!;
    }

    /// <summary>The end of everything: both nodes equal, nothing halted.</summary>
    public async Task EndsWellAsync()
    {
        await Cluster.WaitCaughtUpAsync();
        for (var node = 0; node < 2; node++)
        {
            Assert.Equal(0L, await ScalarAsync<long>(node, "SELECT count(*) FROM kafkabridge.halt"));
        }

        Assert.Equal(await Cluster.ChecksumAsync(0, "item"), await Cluster.ChecksumAsync(1, "item"));
    }

    /// <summary>What status -o json says of one origin at one node.</summary>
    public async Task<JsonElement> OriginAsync(int node, int origin)
    {
        var status = JsonDocument.Parse((await RunAsync("status", "-o", "json")).Output).RootElement;
        var at = status.GetProperty("nodes").EnumerateArray().First(
            one => one.GetProperty("name").GetString() == BridgeCluster.NodeName(node));
        return at.GetProperty("origins").EnumerateArray().First(
            one => one.GetProperty("origin").GetString() == BridgeCluster.NodeName(origin));
    }

    /// <summary>Writes a record as somebody would who has nothing to do with the cluster.</summary>
    public async Task<string> PlantAsync(string topic, int partition, byte[] value, byte[]? header = null, string? key = null)
    {
        using var producer = new ProducerBuilder<byte[]?, byte[]>(new ProducerConfig { BootstrapServers = Cluster.BootstrapServers })
            .Build();
        var message = new Message<byte[]?, byte[]> { Key = key is null ? null : Encoding.UTF8.GetBytes(key), Value = value, Headers = [] };
        if (header is not null)
        {
            message.Headers.Add("kafkabridge", header);
        }

        var place = await producer.ProduceAsync(new TopicPartition($"{Cluster.Name}.{topic}", partition), message);
        return $"{place.Topic}/{place.Partition.Value}@{place.Offset.Value}";
    }

    /// <summary>Everything in the dlq partition of one node.</summary>
    public List<ConsumeResult<byte[], byte[]>> DeadLetters(int node)
    {
        var config = new ConsumerConfig { BootstrapServers = Cluster.BootstrapServers, GroupId = "test", EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).Build();
        var place = new TopicPartition($"{Cluster.Name}.dlq", node);
        var end = consumer.QueryWatermarkOffsets(place, TimeSpan.FromSeconds(10)).High.Value;
        consumer.Assign(new TopicPartitionOffset(place, 0));
        var letters = new List<ConsumeResult<byte[], byte[]>>();
        while (letters.Count < end)
        {
            letters.Add(consumer.Consume(TimeSpan.FromSeconds(10)) ?? throw new TimeoutException($"{place}: nothing below {end}"));
        }

        return letters;
    }
}
