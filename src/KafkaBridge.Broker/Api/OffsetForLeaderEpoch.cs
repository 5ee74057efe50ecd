using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// OffsetForLeaderEpoch: 2 to 4. There is one epoch, and it ends where the log ends: what a consumer was shown is never taken back.
/// (With flushing off a power loss can take records back; that is what the setting says.)
/// </summary>
static class OffsetForLeaderEpoch
{
    public static readonly ApiEntry Entry = new(ApiKey.OffsetForLeaderEpoch, 2, 4, 4, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        if (request.Version >= 3)
        {
            reader.Int32(); // replica
        }

        response.Int32(0); // throttle
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
                var current = reader.Int32();
                var asked = reader.Int32();
                reader.Tags();
                var (log, error) = request.Broker.Lead(request.Broker.Topics.Find(topic), index, current);
                var known = log is not null && asked == BrokerState.LeaderEpoch;
                response.Error(error);
                response.Int32(index);
                response.Int32(known ? BrokerState.LeaderEpoch : -1);
                response.Int64(known ? log!.HighWatermark : -1);
                response.Tags();
            }

            reader.Tags();
            response.Tags();
        }

        response.Tags();
        return Task.CompletedTask;
    }
}
