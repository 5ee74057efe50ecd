using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// OffsetDelete: 0. A group's offsets of some partitions. Left out: in a group with members every topic counts as subscribed
/// (GROUP_SUBSCRIBED_TO_TOPIC), as the broker does not read what members subscribe to.
/// </summary>
static class OffsetDelete
{
    public static readonly ApiEntry Entry = new(ApiKey.OffsetDelete, 0, 0, ApiEntry.NeverFlexible, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var (group, topics) = Read(request);
        var known = request.Broker.Groups.Describe(group);
        var error = known is null ? ErrorCode.GroupIdNotFound : ErrorCode.None;
        var each = known is { Members.Count: > 0 } ? ErrorCode.GroupSubscribedToTopic : ErrorCode.None;
        if (error == ErrorCode.None && each == ErrorCode.None)
        {
            try
            {
                await request.Broker.Offsets.ForgetAsync(
                    group, [.. topics.SelectMany(topic => topic.Partitions.Select(index => new TopicPartition(topic.Topic, index)))]);
            }
            catch (IOException)
            {
                error = ErrorCode.CoordinatorNotAvailable;
            }
        }

        var response = request.Response;
        response.Error(error);
        response.Int32(0); // throttle
        response.Count(error == ErrorCode.None ? topics.Count : 0);
        foreach (var (topic, partitions) in error == ErrorCode.None ? topics : [])
        {
            response.String(topic);
            response.Count(partitions.Count);
            foreach (var index in partitions)
            {
                response.Int32(index);
                response.Error(each);
            }
        }
    }

    static (string Group, List<(string Topic, List<int> Partitions)> Topics) Read(Request request)
    {
        var reader = request.Read();
        var group = reader.String();
        var topics = new List<(string, List<int>)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var topic = reader.String();
            var partitions = new List<int>();
            for (var left = reader.Count(4); left > 0; left--)
            {
                partitions.Add(reader.Int32());
            }

            topics.Add((topic, partitions));
        }

        return (group, topics);
    }
}
