using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>CreatePartitions: 0 to 3. The count only grows. An assignment may name this broker only. Left out: the timeout.</summary>
static class CreatePartitions
{
    public static readonly ApiEntry Entry = new(ApiKey.CreatePartitions, 0, 3, 2, HandleAsync);

    sealed record Wanted(string Name, int Count, List<int[]>? Assignments);

    static async Task HandleAsync(Request request)
    {
        var (topics, mode) = Read(request);
        var results = new List<(string Name, TopicChange Change)>();
        foreach (var wanted in topics)
        {
            results.Add((wanted.Name, await GrowAsync(request.Broker, wanted, mode)));
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Count(results.Count);
        foreach (var (name, change) in results)
        {
            response.String(name);
            response.Error(change.Error);
            response.String(change.Message);
            response.Tags();
        }

        response.Tags();
    }

    static (List<Wanted> Topics, ChangeMode Mode) Read(Request request)
    {
        var reader = request.Read();
        var topics = new List<Wanted>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var name = reader.String();
            var partitions = reader.Int32();
            var assigned = reader.NullableCount();
            List<int[]>? assignments = assigned < 0 ? null : [];
            for (; assigned > 0; assigned--)
            {
                assignments!.Add(CreateTopics.ReadBrokers(ref reader));
                reader.Tags();
            }

            reader.Tags();
            topics.Add(new Wanted(name, partitions, assignments));
        }

        reader.Int32(); // timeout
        return (topics, reader.Boolean() ? ChangeMode.ValidateOnly : ChangeMode.Apply);
    }

    static async Task<TopicChange> GrowAsync(BrokerState broker, Wanted wanted, ChangeMode mode)
    {
        if (wanted.Assignments is { } assignments
            && (assignments.Any(brokers => brokers is not [BrokerState.NodeId])
                || assignments.Count != wanted.Count - (broker.Topics.Find(wanted.Name)?.Partitions.Count ?? 0)))
        {
            return new TopicChange(
                ErrorCode.InvalidReplicaAssignment, $"one assignment for each new partition, and the only broker is {BrokerState.NodeId}");
        }

        try
        {
            return await broker.Topics.GrowAsync(wanted.Name, wanted.Count, mode);
        }
        catch (IOException exception)
        {
            return new TopicChange(ErrorCode.KafkaStorageError, exception.Message);
        }
    }
}
