using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace KafkaBridge.Kafka.Topics;

/// <summary>The topics that Kafka has at one moment: all names, partition counts, and the settings of those asked for.</summary>
sealed record TopicInventory(
    IReadOnlyDictionary<string, int> Partitions,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Settings)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LastPause = TimeSpan.FromSeconds(2);

    public static async Task<TopicInventory> ReadAsync(IAdminClient admin, IReadOnlyList<TopicSpec> specs, CancellationToken ct)
    {
        var metadata = await MetadataAsync(admin, ct);
        var partitions = metadata.Topics.Where(topic => !topic.Error.IsError)
            .ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
        var names = specs.Select(spec => spec.Name).Distinct().ToList();
        var wanted = names.Where(partitions.ContainsKey).ToList();
        await RequireRightsAsync(admin, names.Except(wanted).ToList());
        return new TopicInventory(partitions, await SettingsAsync(admin, wanted, ct));
    }

    /// <summary>Returns when each topic has its partitions and every partition a leader.</summary>
    public static async Task AwaitLeadersAsync(IAdminClient admin, IEnumerable<TopicSpec> specs, CancellationToken ct)
    {
        var waiting = specs.ToList();
        var started = TimeProvider.System.GetTimestamp();
        while (waiting.Count > 0)
        {
            var metadata = (await MetadataAsync(admin, ct)).Topics.ToDictionary(topic => topic.Topic);
            waiting.RemoveAll(spec => metadata.TryGetValue(spec.Name, out var topic)
                && topic.Partitions.Count >= spec.Partitions
                && topic.Partitions.All(partition => partition.Leader >= 0 && !partition.Error.IsError));
            if (waiting.Count > 0 && TimeProvider.System.GetElapsedTime(started) > Limits.Leaders)
            {
                throw new KafkaException(new Error(
                    ErrorCode.LeaderNotAvailable,
                    $"topic {waiting[0].Name} does not have its {waiting[0].Partitions} partitions with leaders after "
                        + $"{Limits.Leaders.TotalSeconds:0} s: are all brokers up?"));
            }

            if (waiting.Count > 0)
            {
                await Task.Delay(Limits.LeaderPoll, ct);
            }
        }
    }

    /// <summary>A topic that the principal may not see looks as if it were missing; asked for by its name, the broker tells.</summary>
    static async Task RequireRightsAsync(IAdminClient admin, List<string> missing)
    {
        if (missing.Count == 0)
        {
            return;
        }

        try
        {
            var options = new DescribeTopicsOptions { RequestTimeout = Limits.Answer };
            await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(missing), options);
        }
        catch (DescribeTopicsException error)
        {
            var hidden = error.Results.TopicDescriptions.Find(topic => topic.Error.Code == ErrorCode.TopicAuthorizationFailed);
            if (hidden is not null)
            {
                throw new KafkaException(new Error(hidden.Error.Code, $"topic {hidden.Name} is not this principal's to see."), error);
            }
        }
    }

    static async Task<Metadata> MetadataAsync(IAdminClient admin, CancellationToken ct)
    {
        try
        {
            return await Task.Run(() => admin.GetMetadata(Limits.Answer), ct);
        }
        catch (KafkaException error) when (KafkaFailure.IsUnreachable(error.Error))
        {
            throw KafkaFailure.Unreachable("the configured bootstrap.servers", error.Error, error);
        }
    }

    /// <summary>A broker may not know yet what another has made: it is asked again for a while.</summary>
    static async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> SettingsAsync(
        IAdminClient admin, List<string> topics, CancellationToken ct)
    {
        if (topics.Count == 0)
        {
            return new Dictionary<string, IReadOnlyDictionary<string, string>>();
        }

        for (var pause = FirstPause; ; pause *= 2)
        {
            try
            {
                var described = await admin.DescribeConfigsAsync(
                    topics.Select(topic => new ConfigResource { Type = ResourceType.Topic, Name = topic }),
                    new DescribeConfigsOptions { RequestTimeout = Limits.Answer });
                return described.ToDictionary(
                    topic => topic.ConfigResource.Name,
                    IReadOnlyDictionary<string, string> (topic) => topic.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Value));
            }
            catch (DescribeConfigsException error)
            {
                var first = error.Results.First(topic => topic.Error.IsError);
                if (first.Error.Code != ErrorCode.UnknownTopicOrPart || pause > LastPause)
                {
                    throw new KafkaException(
                        new Error(first.Error.Code, $"topic {first.ConfigResource.Name}: its settings can't be read: "
                            + $"{first.Error.Reason.TrimEnd('.')} ({first.Error.Code})."),
                        error);
                }
            }

            await Task.Delay(pause, ct);
        }
    }
}
