using Confluent.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka.Tests;

/// <summary>A cluster name of its own on the shared Kafka, so that tests never meet.</summary>
sealed class TestCluster : IDisposable
{
    TestCluster(KafkaSettings settings)
    {
        Settings = settings;
        Topics = new TopicNames("t" + Guid.NewGuid().ToString("N")[..12]);
        Admin = settings.OpenAdmin("test");
    }

    public KafkaSettings Settings { get; }

    public TopicNames Topics { get; }

    public IAdminClient Admin { get; }

    public static async Task<TestCluster> CreateAsync()
    {
        var kafka = await TestKafka.SharedAsync();
        return new TestCluster(SettingsFor(kafka.BootstrapServers));
    }

    /// <summary>With the topics that membership and registry need.</summary>
    public static async Task<TestCluster> WithFirstTopicsAsync()
    {
        var cluster = await CreateAsync();
        await cluster.ApplyAsync(TopicPlan.First(cluster.Topics, new TopicOptions()));
        return cluster;
    }

    public static KafkaSettings SettingsFor(string bootstrapServers) =>
        new(new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers }, null, null);

    public async Task ApplyAsync(IReadOnlyList<TopicSpec> specs) =>
        await TopicPlan.ApplyAsync(Admin, await TopicPlan.CompareAsync(Admin, specs, CancellationToken.None), CancellationToken.None);

    public Task<Membership> OpenMembershipAsync() => Membership.OpenAsync(Settings, Topics, CancellationToken.None);

    public Task<EmbeddedSchemaRegistry> StartRegistryAsync(int node) =>
        EmbeddedSchemaRegistry.StartAsync(Settings, Topics, node, CancellationToken.None);

    public void Dispose() => Admin.Dispose();
}
