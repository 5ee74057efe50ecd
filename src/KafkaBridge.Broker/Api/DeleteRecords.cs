using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// DeleteRecords: 0 to 2. Raises the start of a partition's log, durably; -1 means up to the high watermark. Whole segments below are
/// deleted. Left out: the timeout.
/// </summary>
static class DeleteRecords
{
    public static readonly ApiEntry Entry = new(ApiKey.DeleteRecords, 0, 2, 2, HandleAsync);

    const long UpToHighWatermark = -1;

    static async Task HandleAsync(Request request)
    {
        var results = new List<(string Topic, List<(int Partition, long LogStart, ErrorCode Error)> Partitions)>();
        foreach (var (topic, partitions) in Read(request))
        {
            var done = new List<(int, long, ErrorCode)>();
            foreach (var (index, offset) in partitions)
            {
                var (start, error) = await DeleteAsync(request.Broker, topic, index, offset);
                done.Add((index, start, error));
            }

            results.Add((topic, done));
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Count(results.Count);
        foreach (var (topic, partitions) in results)
        {
            response.String(topic);
            response.Count(partitions.Count);
            foreach (var (index, start, error) in partitions)
            {
                response.Int32(index);
                response.Int64(start);
                response.Error(error);
                response.Tags();
            }

            response.Tags();
        }

        response.Tags();
    }

    static List<(string Topic, List<(int Partition, long Offset)> Partitions)> Read(Request request)
    {
        var reader = request.Read();
        var topics = new List<(string, List<(int, long)>)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var topic = reader.String();
            var partitions = new List<(int, long)>();
            for (var left = reader.Count(12); left > 0; left--)
            {
                partitions.Add((reader.Int32(), reader.Int64()));
                reader.Tags();
            }

            reader.Tags();
            topics.Add((topic, partitions));
        }

        return topics;
    }

    static async Task<(long LogStart, ErrorCode Error)> DeleteAsync(BrokerState broker, string name, int index, long offset)
    {
        if (broker.Topics.Find(name) is not { } topic || topic.Partition(index) is not { } log)
        {
            return (-1, ErrorCode.UnknownTopicOrPartition);
        }

        if (!log.Settings.IsDeleted)
        {
            return (-1, ErrorCode.PolicyViolation); // a topic that is only compacted loses no records this way
        }

        var target = offset == UpToHighWatermark ? log.HighWatermark : offset;
        if (target < 0 || target > log.HighWatermark)
        {
            return (-1, ErrorCode.OffsetOutOfRange);
        }

        try
        {
            return (await broker.Topics.RaiseStartAsync(topic, index, target), ErrorCode.None);
        }
        catch (IOException)
        {
            return (-1, ErrorCode.KafkaStorageError);
        }
    }
}
