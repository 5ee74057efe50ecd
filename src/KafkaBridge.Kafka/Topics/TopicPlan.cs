using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBridge.Changes;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka.Topics;

/// <summary>
/// The cluster's topics as they should be, how Kafka's differ, and the way from one to the other. Comparing changes nothing;
/// applying is idempotent, and two nodes may do it at once.
/// </summary>
public static class TopicPlan
{
    static readonly TimeSpan LogCompactionLag = TimeSpan.FromDays(1);

    /// <summary>
    /// The topics that are needed before a node can know its number: create these, open <see cref="Nodes.Membership"/>, then
    /// all.
    /// </summary>
    public static IReadOnlyList<TopicSpec> First(TopicNames topics, TopicOptions options) =>
    [
        Log(topics.Nodes, options),
        Log(topics.Schemas, options),
    ];

    /// <param name="nodes">The greatest node number and one: numbers are never used again.</param>
    /// <param name="perNode">Partitions of one node in every shared topic.</param>
    public static IReadOnlyList<TopicSpec> Wanted(
        TopicNames topics, IReadOnlyList<RelationName> tables, int nodes, int perNode, TopicOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perNode);
        TopicSpec Owned(string name, Dictionary<string, string> settings) =>
            new(name, nodes * perNode, settings) { Block = perNode, ReplicationFactor = options.ReplicationFactor };

        return
        [
            .. First(topics, options),
            new TopicSpec(topics.Ddl, 1, Deleted(null, options)) { ReplicationFactor = options.ReplicationFactor },
            Owned(topics.Spine, Deleted(options.Retention, options)),
            Owned(topics.Chunks, Deleted(options.Retention, options)),
            Owned(topics.Conflicts, Deleted(options.Retention, options)),
            Owned(topics.Dlq, Deleted(null, options)),
            .. tables.Select(table => Owned(
                topics.ForTable(table),
                options.Compacted.Contains(table) ? Compacted(options.Retention, options) : Deleted(options.Retention, options))),
        ];
    }

    /// <summary>Every difference, in the order of the specs; empty when all is as wanted.</summary>
    /// <exception cref="KafkaException">No broker answers within 10 s, or it refuses to describe a topic.</exception>
    public static async Task<IReadOnlyList<TopicDifference>> CompareAsync(
        IAdminClient admin, IReadOnlyList<TopicSpec> specs, CancellationToken ct)
    {
        var present = await TopicInventory.ReadAsync(admin, specs, ct);
        return [.. specs.SelectMany((spec, index) => TopicComparison.Of(spec, specs.Take(index), present))];
    }

    /// <summary>
    /// Creates topics, adds blocks of partitions, sets settings; returns when Kafka shows it all and every partition
    /// has a leader.
    /// </summary>
    /// <exception cref="TopicsRefusedException">One of the differences needs a person; then nothing has been changed.</exception>
    public static async Task ApplyAsync(IAdminClient admin, IReadOnlyList<TopicDifference> differences, CancellationToken ct)
    {
        var refused = differences.Where(difference => !difference.CanBeApplied).ToList();
        if (refused.Count > 0)
        {
            throw new TopicsRefusedException(refused);
        }

        foreach (var difference in differences)
        {
            ct.ThrowIfCancellationRequested();
            await (difference.Kind switch
            {
                TopicDifferenceKind.Missing => CreateAsync(admin, difference.Topic),
                TopicDifferenceKind.TooFewPartitions => GrowAsync(admin, difference.Topic),
                _ => SetAsync(admin, difference),
            });
        }

        var topics = differences.Select(difference => difference.Topic).Distinct().ToList();
        await TopicInventory.AwaitLeadersAsync(admin, topics, ct);
        await AwaitShownAsync(admin, topics, ct);
    }

    // The controller answers before every broker has heard of it.
    static async Task AwaitShownAsync(IAdminClient admin, List<TopicSpec> topics, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await CompareAsync(admin, topics, ct) is { Count: > 0 } left)
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limits.Leaders)
            {
                throw new KafkaException(new Error(
                    ErrorCode.Local_TimedOut, $"after {Limits.Leaders.TotalSeconds:0} s Kafka does not show what it acknowledged: "
                        + $"{left[0].Sentence} Is somebody else changing it?"));
            }

            await Task.Delay(Limits.LeaderPoll, ct);
        }
    }

    static async Task CreateAsync(IAdminClient admin, TopicSpec spec)
    {
        var topic = new TopicSpecification
        {
            Name = spec.Name,
            NumPartitions = spec.Partitions,
            ReplicationFactor = spec.ReplicationFactor,
            Configs = new Dictionary<string, string>(spec.Settings),
        };
        try
        {
            await admin.CreateTopicsAsync([topic], new CreateTopicsOptions { RequestTimeout = Limits.Answer });
        }
        catch (CreateTopicsException error) when (error.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            // another node was a moment faster with the same topic
        }
        catch (CreateTopicsException error)
        {
            throw Refusal(spec.Name, "can't be created", error.Results[0].Error, error);
        }
    }

    static async Task GrowAsync(IAdminClient admin, TopicSpec spec)
    {
        try
        {
            await admin.CreatePartitionsAsync(
                [new PartitionsSpecification { Topic = spec.Name, IncreaseTo = spec.Partitions }],
                new CreatePartitionsOptions { RequestTimeout = Limits.Answer });
        }
        catch (CreatePartitionsException error) when (error.Results[0].Error.Code == ErrorCode.InvalidPartitions)
        {
            // another node may have added them; that all are there is waited for below
        }
        catch (CreatePartitionsException error)
        {
            throw Refusal(spec.Name, $"can't grow to {spec.Partitions} partitions", error.Results[0].Error, error);
        }
    }

    static async Task SetAsync(IAdminClient admin, TopicDifference difference)
    {
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = difference.Topic.Name };
        var entries = difference.Settings
            .Select(setting => new ConfigEntry { Name = setting.Key, Value = setting.Value, IncrementalOperation = AlterConfigOpType.Set })
            .ToList();
        try
        {
            await admin.IncrementalAlterConfigsAsync(
                new Dictionary<ConfigResource, List<ConfigEntry>> { [resource] = entries },
                new IncrementalAlterConfigsOptions { RequestTimeout = Limits.Answer });
        }
        catch (IncrementalAlterConfigsException error)
        {
            throw Refusal(difference.Topic.Name, "its settings can't be changed", error.Results[0].Error, error);
        }
    }

    static KafkaException Refusal(string topic, string what, Error error, Exception cause) =>
        new(new Error(error.Code, $"topic {topic} {what}: {error.Reason.TrimEnd('.')} ({error.Code})."), cause);

    static TopicSpec Log(string name, TopicOptions options)
    {
        var settings = Compacted(LogCompactionLag, options);
        settings["segment.ms"] = Milliseconds(LogCompactionLag); // the open segment is never compacted
        return new TopicSpec(name, 1, settings) { ReplicationFactor = options.ReplicationFactor };
    }

    static Dictionary<string, string> Deleted(TimeSpan? retention, TopicOptions options) => new(Common(options))
    {
        ["cleanup.policy"] = "delete",
        ["retention.ms"] = Milliseconds(retention),
        ["retention.bytes"] = "-1", // a limit in bytes would shorten the promised time in silence
    };

    static Dictionary<string, string> Compacted(TimeSpan? lag, TopicOptions options) => new(Common(options))
    {
        ["cleanup.policy"] = "compact",
        ["min.compaction.lag.ms"] = lag is null ? Text(long.MaxValue) : Milliseconds(lag),
    };

    static Dictionary<string, string> Common(TopicOptions options)
    {
        var settings = new Dictionary<string, string> { ["max.message.bytes"] = Text(options.MaxMessageBytes) };
        if (options.ReplicationFactor >= 3)
        {
            settings["min.insync.replicas"] = "2";
        }

        return settings;
    }

    static string Milliseconds(TimeSpan? time) => time is { } known ? Text((long)known.TotalMilliseconds) : "-1";

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
