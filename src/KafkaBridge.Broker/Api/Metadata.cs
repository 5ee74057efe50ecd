using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// Metadata: 0 to 12. One broker, which leads everything and is the controller. A topic that is asked for by name is created, if the
/// request and the broker's options allow it. Topic ids since 10.
/// Left out: racks, authorized operations.
/// </summary>
static class Metadata
{
    public static readonly ApiEntry Entry = new(ApiKey.Metadata, 0, 12, 9, HandleAsync);

    const int NotAsked = int.MinValue; // of authorized operations

    static readonly Dictionary<string, string?> NoSettings = [];

    sealed record Question(List<(Guid Id, string? Name)>? Topics, bool MayCreate);

    readonly record struct Shown(ErrorCode Error, string? Name, Guid Id, Topic? Topic);

    static async Task HandleAsync(Request request)
    {
        var question = Read(request);
        var shown = new List<Shown>();
        if (question.Topics is null)
        {
            shown.AddRange(request.Broker.Topics.All.Select(topic => new Shown(ErrorCode.None, topic.Name, topic.Id, topic)));
        }
        else
        {
            foreach (var (id, name) in question.Topics)
            {
                shown.Add(await LookUpAsync(request.Broker, id, name, question.MayCreate));
            }
        }

        Write(request, shown);
    }

    static Question Read(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        var count = reader.NullableCount();
        if (count > BrokerLimits.Partitions)
        {
            throw new MalformedRequestException($"{count} topics are asked for; there can't be more than {BrokerLimits.Partitions}");
        }

        List<(Guid, string?)>? topics = count < 0 || (count == 0 && version == 0) ? null : [];
        for (; count > 0; count--)
        {
            var id = version >= 10 ? reader.Uuid() : Guid.Empty;
            topics!.Add((id, version >= 10 ? reader.NullableString() : reader.String()));
            reader.Tags();
        }

        return new Question(topics, version < 4 || reader.Boolean());
    }

    static async Task<Shown> LookUpAsync(BrokerState broker, Guid id, string? name, bool mayCreate)
    {
        if (name is null)
        {
            return broker.Topics.Find(id) is { } byId
                ? new Shown(ErrorCode.None, byId.Name, id, byId)
                : new Shown(ErrorCode.UnknownTopicId, null, id, null);
        }

        if (broker.Topics.Find(name) is { } known)
        {
            return new Shown(ErrorCode.None, name, known.Id, known);
        }

        if (TopicName.Problem(name) is not null)
        {
            return new Shown(ErrorCode.InvalidTopic, name, Guid.Empty, null);
        }

        if (!mayCreate || !broker.Options.AutoCreateTopics)
        {
            return new Shown(ErrorCode.UnknownTopicOrPartition, name, Guid.Empty, null);
        }

        var made = await broker.Topics.CreateAsync(name, broker.Options.DefaultPartitions, NoSettings, ChangeMode.Apply);
        var topic = made.Topic ?? broker.Topics.Find(name); // another client may have been faster
        return new Shown(topic is null ? made.Error : ErrorCode.None, name, topic?.Id ?? Guid.Empty, topic);
    }

    static void Write(Request request, List<Shown> topics)
    {
        var response = request.Response;
        var version = request.Version;
        if (version >= 3)
        {
            response.Int32(0); // throttle
        }

        response.Count(1);
        DescribeCluster.WriteBroker(request, version >= 1);
        if (version >= 2)
        {
            response.String(request.Broker.ClusterId);
        }

        if (version >= 1)
        {
            response.Int32(BrokerState.NodeId); // controller
        }

        response.Count(topics.Count);
        foreach (var topic in topics)
        {
            WriteTopic(response, version, topic);
        }

        if (version is >= 8 and <= 10)
        {
            response.Int32(NotAsked);
        }

        response.Tags();
    }

    static void WriteTopic(KafkaWriter response, short version, Shown topic)
    {
        response.Error(topic.Error);
        response.String(topic.Name ?? (version >= 12 ? null : ""));
        if (version >= 10)
        {
            response.Uuid(topic.Id);
        }

        if (version >= 1)
        {
            response.Boolean(false); // internal
        }

        var partitions = topic.Topic?.Partitions.Count ?? 0;
        response.Count(partitions);
        for (var index = 0; index < partitions; index++)
        {
            response.Error(ErrorCode.None);
            response.Int32(index);
            response.Int32(BrokerState.NodeId);
            if (version >= 7)
            {
                response.Int32(BrokerState.LeaderEpoch);
            }

            response.Int32Array(BrokerState.NodeId); // replicas
            response.Int32Array(BrokerState.NodeId); // in sync
            if (version >= 5)
            {
                response.Int32Array(); // offline
            }

            response.Tags();
        }

        if (version >= 8)
        {
            response.Int32(NotAsked);
        }

        response.Tags();
    }
}
