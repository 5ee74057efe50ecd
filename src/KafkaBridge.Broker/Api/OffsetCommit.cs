using System.Text;
using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// OffsetCommit: 2 to 9. Durable before it is answered. A member commits in its generation; who is no member (generation -1) may
/// commit for a group without members.
/// Left out: a retention time of the request's own (the broker's counts: <see cref="BrokerOptions.OffsetRetention"/>).
/// </summary>
static class OffsetCommit
{
    public static readonly ApiEntry Entry = new(ApiKey.OffsetCommit, 2, 9, 8, HandleAsync);

    sealed record Wanted(string Topic, int Partition, CommittedOffset Offset);

    static async Task HandleAsync(Request request)
    {
        var (group, member, topics) = Read(request);
        var refusal = request.Refusal ?? request.Broker.Groups.CheckCommit(group, member);
        var results = topics.ConvertAll(topic => (
            topic.Name,
            Partitions: topic.Partitions.ConvertAll(wanted => (Wanted: wanted, Error: Check(request, wanted, refusal)))));
        var accepted = results.SelectMany(topic => topic.Partitions).Where(entry => entry.Error == ErrorCode.None)
            .Select(entry => (new TopicPartition(entry.Wanted.Topic, entry.Wanted.Partition), entry.Wanted.Offset)).ToList();
        var stored = ErrorCode.None;
        if (accepted.Count > 0)
        {
            try
            {
                await request.Broker.Offsets.CommitAsync(group, accepted);
            }
            catch (IOException exception)
            {
                request.Broker.Options.Report($"offsets of group {group} could not be stored: {exception.Message}");
                stored = ErrorCode.CoordinatorNotAvailable;
            }
        }

        var response = request.Response;
        if (request.Version >= 3)
        {
            response.Int32(0); // throttle
        }

        response.Count(results.Count);
        foreach (var (name, partitions) in results)
        {
            response.String(name);
            response.Count(partitions.Count);
            foreach (var (wanted, error) in partitions)
            {
                response.Int32(wanted.Partition);
                response.Error(error == ErrorCode.None ? stored : error);
                response.Tags();
            }

            response.Tags();
        }

        response.Tags();
    }

    static (string Group, MemberClaim Member, List<(string Name, List<Wanted> Partitions)> Topics) Read(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        var group = reader.String();
        var generation = reader.Int32();
        var memberId = reader.String();
        var instance = version >= 7 ? reader.NullableString() : null;
        if (version <= 4)
        {
            reader.Int64(); // retention
        }

        var now = request.Broker.Offsets.NowMs;
        var topics = new List<(string, List<Wanted>)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var topic = reader.String();
            var partitions = new List<Wanted>();
            for (var left = reader.Count(12); left > 0; left--)
            {
                var index = reader.Int32();
                var offset = reader.Int64();
                var epoch = version >= 6 ? reader.Int32() : -1;
                partitions.Add(new Wanted(topic, index, new CommittedOffset(offset, epoch, reader.NullableString() ?? "", now)));
                reader.Tags();
            }

            reader.Tags();
            topics.Add((topic, partitions));
        }

        return (group, new MemberClaim(memberId, generation, instance), topics);
    }

    static ErrorCode Check(Request request, Wanted wanted, ErrorCode refusal) =>
        refusal != ErrorCode.None ? refusal
        : request.Broker.Topics.Find(wanted.Topic)?.Partition(wanted.Partition) is null ? ErrorCode.UnknownTopicOrPartition
        : Encoding.UTF8.GetByteCount(wanted.Offset.Metadata) > BrokerLimits.MetadataBytesPerOffset ? ErrorCode.OffsetMetadataTooLarge
        : ErrorCode.None;
}
