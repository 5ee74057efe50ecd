using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// DeleteTopics: 1 to 6. By name, or by id since 6. Its records and its groups' offsets go with it. Left out: the timeout.
/// </summary>
static class DeleteTopics
{
    public static readonly ApiEntry Entry = new(ApiKey.DeleteTopics, 1, 6, 4, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var results = new List<(string? Name, Guid Id, TopicChange Change)>();
        foreach (var (name, id) in Read(request))
        {
            results.Add(await DeleteAsync(request.Broker, name, id));
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Count(results.Count);
        foreach (var (name, id, change) in results)
        {
            response.String(name);
            if (request.Version >= 6)
            {
                response.Uuid(id);
            }

            response.Error(change.Error);
            if (request.Version >= 5)
            {
                response.String(change.Message);
            }

            response.Tags();
        }

        response.Tags();
    }

    static List<(string? Name, Guid Id)> Read(Request request)
    {
        var reader = request.Read();
        var topics = new List<(string?, Guid)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            if (request.Version >= 6)
            {
                topics.Add((reader.NullableString(), reader.Uuid()));
                reader.Tags();
            }
            else
            {
                topics.Add((reader.String(), Guid.Empty));
            }
        }

        return topics;
    }

    static async Task<(string? Name, Guid Id, TopicChange Change)> DeleteAsync(BrokerState broker, string? name, Guid id)
    {
        var known = name is null ? broker.Topics.Find(id)?.Name : name;
        if (known is null)
        {
            return (null, id, new TopicChange(ErrorCode.UnknownTopicId, "This server does not host this topic ID."));
        }

        try
        {
            var change = await broker.Topics.DeleteAsync(known);
            if (change.Error == ErrorCode.None)
            {
                await broker.Offsets.ForgetTopicAsync(known);
            }

            return (known, change.Topic?.Id ?? id, change);
        }
        catch (IOException exception)
        {
            return (known, id, new TopicChange(ErrorCode.KafkaStorageError, exception.Message));
        }
    }
}
