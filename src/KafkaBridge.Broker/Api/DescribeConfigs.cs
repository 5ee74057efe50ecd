using System.Globalization;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// DescribeConfigs: 1 to 4. Topics with every setting and where it comes from; of the broker, what it has options for, read only.
/// Left out: documentation texts; other resources (groups, loggers, metrics) have no settings.
/// </summary>
static class DescribeConfigs
{
    public static readonly ApiEntry Entry = new(ApiKey.DescribeConfigs, 1, 4, 4, HandleAsync);

    public const sbyte TopicResource = 2;
    public const sbyte BrokerResource = 4;
    public const int FromTopic = 1;
    const int FromFile = 4;
    public const int FromDefault = 5;

    sealed record Setting(string Name, string Value, int Source, SettingType Type, bool ReadOnly);

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        response.Int32(0); // throttle
        var resources = new List<(sbyte Type, string Name, HashSet<string>? Wanted)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var type = reader.Int8();
            var name = reader.String();
            var keys = reader.NullableCount();
            HashSet<string>? wanted = keys < 0 ? null : [];
            for (; keys > 0; keys--)
            {
                wanted!.Add(reader.String());
            }

            reader.Tags();
            resources.Add((type, name, wanted));
        }

        var synonyms = reader.Boolean();
        response.Count(resources.Count);
        foreach (var (type, name, wanted) in resources)
        {
            WriteResource(request, type, name, wanted, synonyms);
        }

        response.Tags();
        return Task.CompletedTask;
    }

    static void WriteResource(Request request, sbyte type, string name, HashSet<string>? wanted, bool synonyms)
    {
        var response = request.Response;
        var (error, message, settings) = Find(request.Broker, type, name);
        response.Error(error);
        response.String(message);
        response.Int8(type);
        response.String(name);
        var shown = settings.Where(setting => wanted is null || wanted.Contains(setting.Name)).ToList();
        response.Count(shown.Count);
        foreach (var setting in shown)
        {
            response.String(setting.Name);
            response.String(setting.Value);
            response.Boolean(setting.ReadOnly);
            response.Int8((sbyte)setting.Source);
            response.Boolean(false); // sensitive
            WriteSynonyms(response, setting, synonyms);
            if (request.Version >= 3)
            {
                response.Int8((sbyte)setting.Type);
                response.String(null); // documentation
            }

            response.Tags();
        }

        response.Tags();
    }

    static void WriteSynonyms(KafkaWriter response, Setting setting, bool wanted)
    {
        response.Count(wanted ? 1 : 0);
        if (wanted)
        {
            response.String(setting.Name);
            response.String(setting.Value);
            response.Int8((sbyte)setting.Source);
            response.Tags();
        }
    }

    static (ErrorCode Error, string? Message, List<Setting> Settings) Find(BrokerState broker, sbyte type, string name) => type switch
    {
        TopicResource => broker.Topics.Find(name) is { } topic
            ? (ErrorCode.None, null, OfTopic(topic))
            : (ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.", []),
        BrokerResource => name.Length == 0 ? (ErrorCode.None, null, [])
            : name == BrokerState.NodeId.ToString(CultureInfo.InvariantCulture) ? (ErrorCode.None, null, OfBroker(broker.Options))
            : (ErrorCode.InvalidRequest, $"Unexpected broker id, expected {BrokerState.NodeId}, but received {name}", []),
        _ => (ErrorCode.None, null, []),
    };

    static List<Setting> OfTopic(Topic topic) =>
    [
        .. TopicSettings.All.Values.Select(definition => new Setting(
            definition.Name,
            TopicSettings.Value(topic.Settings, definition.Name),
            topic.Settings.ContainsKey(definition.Name) ? FromTopic : FromDefault,
            definition.Type,
            ReadOnly: false)),
    ];

    static List<Setting> OfBroker(BrokerOptions options) =>
    [
        new("node.id", Text(BrokerState.NodeId), FromFile, SettingType.Int, ReadOnly: true),
        new("log.dirs", options.DataFolder, FromFile, SettingType.String, ReadOnly: true),
        new("num.partitions", Text(options.DefaultPartitions), FromFile, SettingType.Int, ReadOnly: true),
        new("default.replication.factor", "1", FromDefault, SettingType.Int, ReadOnly: true),
        new("auto.create.topics.enable", options.AutoCreateTopics ? "true" : "false", FromFile, SettingType.Boolean, ReadOnly: true),
        new("socket.request.max.bytes", Text(options.MaxFrameBytes), FromFile, SettingType.Int, ReadOnly: true),
        new("message.max.bytes", TopicSettings.All["max.message.bytes"].Default, FromDefault, SettingType.Int, ReadOnly: true),
        new("log.retention.ms", TopicSettings.All["retention.ms"].Default, FromDefault, SettingType.Long, ReadOnly: true),
        new("log.segment.bytes", TopicSettings.All["segment.bytes"].Default, FromDefault, SettingType.Int, ReadOnly: true),
        new("log.flush.interval.messages", options.Flush == FlushMode.None ? "9223372036854775807" : "1", FromFile, SettingType.Long,
            ReadOnly: true),
    ];

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
