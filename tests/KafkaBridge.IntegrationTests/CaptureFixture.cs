using Confluent.Kafka;
using KafkaBridge.Capture;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Postgres;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBridge.IntegrationTests;

/// <summary>One PostgreSQL server with a captured database, the shared Kafka, and a cluster name of its own.</summary>
public sealed class CaptureFixture : IAsyncDisposable
{
    public const string Database = "shop";
    static int clusters;

    CaptureFixture(
        PostgresServer server, KafkaSettings kafka, TopicNames topics, EmbeddedSchemaRegistry registry, IReadOnlyList<RelationName> tables)
    {
        Server = server;
        Kafka = kafka;
        Topics = topics;
        Registry = registry;
        Options = new CaptureOptions
        {
            Cluster = topics.Cluster,
            Node = "eu",
            NodeNumber = 0,
            Epoch = 1,
            ConnectionString = server.ConnectionString(Database),
            Database = Database,
            Tables = tables,
            ConfigVersion = 1,
            Heartbeat = TimeSpan.FromMilliseconds(200),
        };
    }

    public PostgresServer Server { get; }
    public KafkaSettings Kafka { get; }
    public TopicNames Topics { get; }
    public EmbeddedSchemaRegistry Registry { get; }
    public CaptureOptions Options { get; }
    public SelfProgress Self { get; } = new();

    public static async Task<CaptureFixture> StartAsync(string ddl, string[] keyed, string[] keyless, int version = 15)
    {
        var server = await PostgresServer.StartAsync(version);
        await server.CreateDatabaseAsync(Database);
        await server.ExecuteAsync(Database, ddl);
        RelationName[] tables = [.. keyed.Concat(keyless).Select(name => new RelationName("public", name))];
        await using (var admin = await server.ConnectAsync(Database))
        {
            await BridgeSchema.InstallAsync(admin, new BridgeIdentity("c", "eu", 0, "1", 1), CancellationToken.None);
            await Publication.EnsureAsync(admin, [.. tables.Take(keyed.Length)], [.. tables.Skip(keyed.Length)], CancellationToken.None);
        }

        var topics = new TopicNames($"c{Environment.ProcessId}-{Interlocked.Increment(ref clusters)}");
        var kafka = new KafkaSettings(
            new Dictionary<string, string> { ["bootstrap.servers"] = (await TestKafka.SharedAsync()).BootstrapServers }, null, null);
        using (var client = kafka.OpenAdmin("test"))
        {
            var plan = TopicPlan.Wanted(topics, tables, 2, 1, new TopicOptions { ReplicationFactor = 1 });
            await TopicPlan.ApplyAsync(client, await TopicPlan.CompareAsync(client, plan, CancellationToken.None), CancellationToken.None);
        }

        var registry = await EmbeddedSchemaRegistry.StartAsync(kafka, topics, 0, CancellationToken.None);
        return new CaptureFixture(server, kafka, topics, registry, tables);
    }

    public CaptureWorker Worker() => new(Options, Kafka, Topics, Registry, Self, NullLogger.Instance);

    public Task SqlAsync(string sql) => Server.ExecuteAsync(Database, sql);

    /// <summary>Runs capture while the action runs; a capture that fails fails the test.</summary>
    public async Task WhileCapturingAsync(Func<CaptureWorker, Task> action)
    {
        using var stop = new CancellationTokenSource();
        var worker = Worker();
        var running = worker.RunAsync(stop.Token);
        await await Task.WhenAny(running, action(worker));
        await stop.CancelAsync();
        await running;
    }

    /// <summary>Every record of a partition that is there now.</summary>
    public List<ConsumeResult<byte[], byte[]>> Read(string topic, int partition = 0)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(Kafka.Consumer("test", "test")).Build();
        var place = new TopicPartition(topic, partition);
        var end = consumer.QueryWatermarkOffsets(place, TimeSpan.FromSeconds(10)).High.Value;
        consumer.Assign(new TopicPartitionOffset(place, 0));
        var records = new List<ConsumeResult<byte[], byte[]>>();
        while (records.Count == 0 ? end > 0 : records[^1].Offset.Value < end - 1)
        {
            records.Add(consumer.Consume(TimeSpan.FromSeconds(10)) ?? throw new TimeoutException($"{place}: nothing below {end}"));
        }

        return records;
    }

    public List<SpineRecord> Spine() => Read(Topics.Spine).ConvertAll(record => SpineCodec.Decode(record.Message.Value));

    public List<SpineTransaction> Transactions() => [.. Spine().SelectMany(record => record.Transactions)];

    public Task SpineHoldsAsync(int transactions) =>
        Eventually.EqualAsync(transactions, () => Task.FromResult(Transactions().Count), "transactions in the spine");

    /// <summary>The records of a table, each as operation and its row's values.</summary>
    public async Task<List<string>> RowsAsync(string table)
    {
        var rows = new List<string>();
        foreach (var record in Read(Topics.ForTable(new RelationName("public", table))))
        {
            var value = record.Message.Value;
            var decoder = ChangeDecoder.Parse(await Registry.GetAsync(RegistryFraming.ReadId(value), CancellationToken.None));
            record.Message.Headers.TryGetLastBytes(UnchangedHeader.Name, out var unchanged);
            var change = decoder.Decode(value.AsSpan(RegistryFraming.Length), unchanged);
            var row = change.After ?? change.Before;
            rows.Add(change.Op + ":" + string.Join('|', row?.Select(column => column.ToString() ?? "∅") ?? []));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        await Server.DisposeAsync();
    }
}
