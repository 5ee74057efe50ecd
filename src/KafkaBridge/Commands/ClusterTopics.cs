using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;

namespace KafkaBridge.Commands;

/// <summary>The topics in Kafka whose names begin with the cluster's: those of its plan, and those of somebody else.</summary>
internal sealed record ClusterTopics(IReadOnlyList<string> Ours, IReadOnlyList<string> Others)
{
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    /// <param name="tables">The tables there are now; those that were published count too.</param>
    public static async Task<ClusterTopics> ReadAsync(
        KafkaSettings settings, BridgeOptions options, IReadOnlyList<RelationName> tables, CancellationToken ct)
    {
        var topics = Wiring.Topics(options);
        using var admin = settings.OpenAdmin(Wiring.ClientId(options, "topics"));
        var metadata = await Task.Run(() => admin.GetMetadata(Answer), ct);
        var present = metadata.Topics.Select(topic => topic.Topic)
            .Where(name => name.StartsWith(options.Cluster + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        IReadOnlyList<RelationName> published = [];
        if (present.Contains(topics.Nodes))
        {
            await using var membership = await Membership.OpenAsync(settings, topics, ct);
            published = [.. (membership.Config?.Tables ?? []).Select(TableName.Parse)];
        }

        var plan = TopicPlan.Wanted(topics, [.. tables.Union(published)], 1, 1, new TopicOptions()).Select(spec => spec.Name).ToHashSet();
        return new ClusterTopics([.. present.Where(plan.Contains)], [.. present.Where(name => !plan.Contains(name))]);
    }
}
