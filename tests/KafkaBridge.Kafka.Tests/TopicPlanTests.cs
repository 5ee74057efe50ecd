using Confluent.Kafka.Admin;
using KafkaBridge.Changes;
using KafkaBridge.Kafka.Topics;

namespace KafkaBridge.Kafka.Tests;

public class TopicPlanTests
{
    static readonly RelationName Orders = new("public", "orders");
    static readonly RelationName Stock = new("public", "stock");

    [Fact]
    public async Task Applying_creates_what_is_wanted_and_then_nothing_differs()
    {
        using var cluster = await TestCluster.CreateAsync();
        var specs = Specs(cluster, nodes: 2, perNode: 3, new TopicOptions { Compacted = new HashSet<RelationName> { Stock } });

        var missing = await TopicPlan.CompareAsync(cluster.Admin, specs, CancellationToken.None);
        Assert.All(missing, difference => Assert.Equal(TopicDifferenceKind.Missing, difference.Kind));
        Assert.Equal(specs.Count, missing.Count);

        await Task.WhenAll(cluster.ApplyAsync(specs), cluster.ApplyAsync(specs));
        Assert.Empty(await TopicPlan.CompareAsync(cluster.Admin, specs, CancellationToken.None));
        Assert.Equal(6, PartitionsOf(cluster, cluster.Topics.Spine));
        Assert.Equal(1, PartitionsOf(cluster, cluster.Topics.Nodes));
    }

    [Fact]
    public async Task A_new_node_adds_its_block_and_changed_settings_are_set()
    {
        using var cluster = await TestCluster.CreateAsync();
        await cluster.ApplyAsync(Specs(cluster, nodes: 1, perNode: 2, new TopicOptions()));
        var specs = Specs(cluster, nodes: 3, perNode: 2, new TopicOptions { Retention = null });

        var differences = await TopicPlan.CompareAsync(cluster.Admin, specs, CancellationToken.None);
        Assert.Contains(differences, difference =>
            difference.Kind == TopicDifferenceKind.TooFewPartitions && difference.Topic.Name == cluster.Topics.Spine);
        Assert.Contains(differences, difference => difference.Sentence.Contains("retention.ms=-1 (is "
            + "604800000)", StringComparison.Ordinal));
        Assert.DoesNotContain(differences, difference => difference.Topic.Name == cluster.Topics.Nodes);

        await TopicPlan.ApplyAsync(cluster.Admin, differences, CancellationToken.None);
        Assert.Empty(await TopicPlan.CompareAsync(cluster.Admin, specs, CancellationToken.None));
        Assert.Equal(6, PartitionsOf(cluster, cluster.Topics.ForTable(Orders)));
    }

    [Theory]
    [InlineData(3, "no whole number of blocks")]
    [InlineData(6, "more than the 4")]
    public async Task Partitions_that_somebody_else_made_are_refused_before_anything_changes(int partitions, string reason)
    {
        using var cluster = await TestCluster.CreateAsync();
        var topic = cluster.Topics.ForTable(Orders);
        await cluster.Admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions }]);
        var specs = Specs(cluster, nodes: 2, perNode: 2, new TopicOptions());
        await TopicInventory.AwaitLeadersAsync(cluster.Admin,
            [new TopicSpec(topic, partitions, new Dictionary<string, string>())], CancellationToken.None);

        var error = await Assert.ThrowsAsync<TopicsRefusedException>(() => cluster.ApplyAsync(specs));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains($"--delete --topic {topic}", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, PartitionsOf(cluster, cluster.Topics.Spine));
    }

    [Fact]
    public async Task Names_that_Kafka_takes_for_one_are_refused()
    {
        using var cluster = await TestCluster.CreateAsync();
        var topic = cluster.Topics.ForTable(Orders);
        var twin = topic.Replace('.', '_');
        await cluster.Admin.CreateTopicsAsync([new TopicSpecification { Name = twin, NumPartitions = 1 }]);
        await TopicInventory.AwaitLeadersAsync(cluster.Admin,
            [new TopicSpec(twin, 1, new Dictionary<string, string>())], CancellationToken.None);

        var differences = await TopicPlan.CompareAsync(
            cluster.Admin, Specs(cluster, nodes: 1, perNode: 1, new TopicOptions()), CancellationToken.None);

        var refused = Assert.Single(differences, difference => !difference.CanBeApplied);
        Assert.Contains(twin, refused.Sentence, StringComparison.Ordinal);
        Assert.Contains("topic:", refused.Sentence, StringComparison.Ordinal);
    }

    static IReadOnlyList<TopicSpec> Specs(TestCluster cluster, int nodes, int perNode, TopicOptions options) =>
        TopicPlan.Wanted(cluster.Topics, [Orders, Stock], nodes, perNode, options);

    static int PartitionsOf(TestCluster cluster, string topic) =>
        cluster.Admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.FirstOrDefault(found => found.Topic == topic)?.Partitions.Count ?? 0;
}
