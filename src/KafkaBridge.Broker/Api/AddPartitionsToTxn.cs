using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Transactions;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// AddPartitionsToTxn: 0 to 3. Answered when it is durable that the transaction has them; all, or none where one of them is unknown.
/// Left out: several transactions in one request (4), which only brokers send.
/// </summary>
static class AddPartitionsToTxn
{
    public static readonly ApiEntry Entry = new(ApiKey.AddPartitionsToTxn, 0, 3, 3, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var (claim, topics) = Read(request);
        var known = topics.SelectMany(topic => topic.Partitions.Select(partition => IsKnown(request, topic.Name, partition)));
        ErrorCode error;
        try
        {
            error = known.All(isKnown => isKnown)
                ? await request.Broker.Transactions.AddAsync(
                    claim, [.. topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Name, partition)))])
                : ErrorCode.OperationNotAttempted;
        }
        catch (IOException)
        {
            error = ErrorCode.CoordinatorNotAvailable;
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Count(topics.Count);
        foreach (var (name, partitions) in topics)
        {
            response.String(name);
            response.Count(partitions.Count);
            foreach (var partition in partitions)
            {
                response.Int32(partition);
                response.Error(IsKnown(request, name, partition) ? error : ErrorCode.UnknownTopicOrPartition);
                response.Tags();
            }

            response.Tags();
        }

        response.Tags();
    }

    static (ProducerClaim Claim, List<(string Name, List<int> Partitions)> Topics) Read(Request request)
    {
        var reader = request.Read();
        var claim = new ProducerClaim(reader.String(), reader.Int64(), reader.Int16());
        var topics = new List<(string, List<int>)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var name = reader.String();
            var partitions = new List<int>();
            for (var more = reader.Count(4); more > 0; more--)
            {
                partitions.Add(reader.Int32());
            }

            reader.Tags();
            topics.Add((name, partitions));
        }

        return (claim, topics);
    }

    static bool IsKnown(Request request, string topic, int partition) =>
        request.Broker.Topics.Find(topic)?.Partition(partition) is not null;
}
