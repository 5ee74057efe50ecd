using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>What every other integration test stands on: the servers start and answer, and librdkafka can do what we configure.</summary>
public sealed class GroundTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task Postgres_answers_is_logical_and_comes_back_after_a_crash(int version)
    {
        await using PostgresServer server = await PostgresServer.StartAsync(version, "log_statement = 'ddl'");
        await server.CreateDatabaseAsync("app");
        await server.ExecuteAsync("app", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, NULL)");

        Assert.Equal(version, await server.ScalarAsync<int>("app", "SELECT current_setting('server_version_num')::int / 10000"));
        Assert.Equal("logical", await server.ScalarAsync<string>("app", "SHOW wal_level"));
        Assert.Equal("ddl", await server.ScalarAsync<string>("app", "SHOW log_statement"));
        await server.ExecuteAsync("app", "SELECT pg_create_logical_replication_slot('s', 'pgoutput')");

        await server.StopAsync(immediate: true);
        await server.StartAgainAsync();

        Assert.Equal(["1|a", "2|∅"], await server.TextAsync("app", "SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Kafka_takes_a_record_and_gives_it_back()
    {
        TestKafka kafka = await TestKafka.SharedAsync();
        string topic = "ground-" + Guid.NewGuid().ToString("N");
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }]);

        using IProducer<string, string> producer = new ProducerBuilder<string, string>(new ProducerConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            EnableIdempotence = true,
            CompressionType = CompressionType.Zstd,
        }).Build();
        var delivered = await producer.ProduceAsync(topic, new Message<string, string> { Key = "k", Value = "v" });
        Assert.Equal(0, delivered.Offset.Value);

        using IConsumer<string, string> consumer = new ConsumerBuilder<string, string>(new ConsumerConfig
        {
            BootstrapServers = kafka.BootstrapServers,
            GroupId = topic,
        }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        Assert.Equal("v", consumer.Consume(TimeSpan.FromSeconds(20))?.Message.Value);
    }

    [Fact]
    public void Librdkafka_has_the_features_we_configure()
    {
        // An unknown value of builtin.features is refused with the list of those that are built in.
        foreach (string feature in (string[])["ssl", "sasl_scram", "sasl_plain", "zstd", "lz4"])
        {
            using IProducer<Null, Null> producer = Requiring(feature);
        }

        Assert.ThrowsAny<Exception>(() => Requiring("sasl_gssapi"));
        Assert.Equal("2.15.1", Library.VersionString.Split('-')[0]);
    }

    private static IProducer<Null, Null> Requiring(string feature)
    {
        var config = new ProducerConfig();
        config.Set("builtin.features", feature);
        return new ProducerBuilder<Null, Null>(config).Build();
    }
}
