using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>Heartbeat: 0 to 4. Keeps a member in its group, and tells it of a rebalance.</summary>
static class Heartbeat
{
    public static readonly ApiEntry Entry = new(ApiKey.Heartbeat, 0, 4, 4, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var group = reader.String();
        var generation = reader.Int32();
        var memberId = reader.String();
        var instance = request.Version >= 3 ? reader.NullableString() : null;
        var response = request.Response;
        if (request.Version >= 1)
        {
            response.Int32(0); // throttle
        }

        response.Error(request.Refusal ?? request.Broker.Groups.Heartbeat(group, new MemberClaim(memberId, generation, instance)));
        response.Tags();
        return Task.CompletedTask;
    }
}
