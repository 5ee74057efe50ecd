using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// ListOffsets: 1 to 10. Earliest (-2, and -4: all is local), latest (-1: the high watermark, or with read_committed the last stable
/// offset), greatest timestamp (-3), last tiered (-5: none), or the first record at or after a time. A partition asked for more than once
/// in a request is refused each further time (INVALID_REQUEST): a search by time reads a whole batch.
/// Left out: exactness within a batch that is compressed otherwise than with gzip (its first offset is the answer).
/// </summary>
static class ListOffsets
{
    public static readonly ApiEntry Entry = new(ApiKey.ListOffsets, 1, 10, 6, HandleAsync);

    const long Latest = -1;
    const long Earliest = -2;
    const long GreatestTimestamp = -3;
    const long EarliestLocal = -4;
    const long LatestTiered = -5;

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        var version = request.Version;
        reader.Int32(); // replica
        var readCommitted = false;
        if (version >= 2)
        {
            readCommitted = reader.Int8() != 0;
            response.Int32(0); // throttle
        }

        var asked = new HashSet<(string Topic, int Partition)>();
        var topics = reader.Count();
        response.Count(topics);
        for (; topics > 0; topics--)
        {
            var topic = reader.String();
            response.String(topic);
            var count = reader.Count(12);
            response.Count(count);
            for (; count > 0; count--)
            {
                var index = reader.Int32();
                var epoch = version >= 4 ? reader.Int32() : -1;
                var timestamp = reader.Int64();
                reader.Tags();
                var (log, error) = asked.Add((topic, index))
                    ? request.Broker.Lead(request.Broker.Topics.Find(topic), index, epoch)
                    : (null, ErrorCode.InvalidRequest);
                var found = log is null ? null : Find(log, timestamp, readCommitted);
                response.Int32(index);
                response.Error(error);
                response.Int64(found?.Timestamp ?? -1);
                response.Int64(found?.Offset ?? -1);
                if (version >= 4)
                {
                    response.Int32(found is null ? -1 : BrokerState.LeaderEpoch);
                }

                response.Tags();
            }

            reader.Tags();
            response.Tags();
        }

        response.Tags();
        return Task.CompletedTask;
    }

    static TimedOffset? Find(PartitionLog log, long timestamp, bool readCommitted) => timestamp switch
    {
        Latest => new TimedOffset(readCommitted ? log.LastStableOffset : log.HighWatermark, -1),
        Earliest or EarliestLocal => new TimedOffset(log.LogStart, -1),
        LatestTiered => null,
        GreatestTimestamp => TimeSearch.Greatest(log),
        _ => TimeSearch.First(log, timestamp),
    };
}
