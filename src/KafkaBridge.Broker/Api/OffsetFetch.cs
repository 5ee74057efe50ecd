using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// OffsetFetch: 1 to 9. One group, several since 8; null topics (since 2) are all of the group's.
/// Left out: require-stable means nothing without transactions.
/// </summary>
static class OffsetFetch
{
    public static readonly ApiEntry Entry = new(ApiKey.OffsetFetch, 1, 9, 6, HandleAsync);

    const int SeveralGroups = 8;

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        var version = request.Version;
        if (version >= 3)
        {
            response.Int32(0); // throttle
        }

        if (version < SeveralGroups)
        {
            var group = reader.String();
            WriteTopics(request, Wanted(ref reader, request, group));
            if (version >= 2)
            {
                response.Error(ErrorCode.None);
            }

            response.Tags();
            return Task.CompletedTask;
        }

        var count = reader.Count();
        response.Count(count);
        for (; count > 0; count--)
        {
            var group = reader.String();
            if (version >= 9)
            {
                reader.NullableString(); // member, of the newer group protocol
                reader.Int32();
            }

            response.String(group);
            WriteTopics(request, Wanted(ref reader, request, group));
            response.Error(ErrorCode.None);
            reader.Tags();
            response.Tags();
        }

        response.Tags();
        return Task.CompletedTask;
    }

    static List<(string Topic, List<(int Partition, CommittedOffset? Offset)> Partitions)> Wanted(ref KafkaReader reader, Request request,
        string group)
    {
        var offsets = request.Broker.Offsets.Get(group);
        var topics = reader.NullableCount();
        if (topics < 0)
        {
            return
            [
                .. offsets.GroupBy(entry => entry.Key.Topic)
                    .Select(topic => (topic.Key, topic.Select(entry => (entry.Key.Partition, (CommittedOffset?)entry.Value)).ToList())),
            ];
        }

        var wanted = new List<(string, List<(int, CommittedOffset?)>)>();
        for (; topics > 0; topics--)
        {
            var topic = reader.String();
            var partitions = new List<(int, CommittedOffset?)>();
            for (var count = reader.Count(4); count > 0; count--)
            {
                var index = reader.Int32();
                partitions.Add((index, offsets.GetValueOrDefault(new TopicPartition(topic, index))));
            }

            reader.Tags();
            wanted.Add((topic, partitions));
        }

        return wanted;
    }

    static void WriteTopics(Request request, List<(string Topic, List<(int Partition, CommittedOffset? Offset)> Partitions)> topics)
    {
        var response = request.Response;
        response.Count(topics.Count);
        foreach (var (topic, partitions) in topics)
        {
            response.String(topic);
            response.Count(partitions.Count);
            foreach (var (index, offset) in partitions)
            {
                response.Int32(index);
                response.Int64(offset?.Offset ?? -1);
                if (request.Version >= 5)
                {
                    response.Int32(offset?.LeaderEpoch ?? -1);
                }

                response.String(offset?.Metadata ?? "");
                response.Error(ErrorCode.None);
                response.Tags();
            }

            response.Tags();
        }
    }
}
