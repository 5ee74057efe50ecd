using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>SyncGroup: 0 to 5. The leader brings the assignments; each member is answered with its own when they are there.</summary>
static class SyncGroup
{
    public static readonly ApiEntry Entry = new(ApiKey.SyncGroup, 0, 5, 4, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var result = request.Refusal is { } refusal ? SyncResult.Refused(refusal) : await Begin(request).WaitAsync(request.Ended);
        var response = request.Response;
        if (request.Version >= 1)
        {
            response.Int32(0); // throttle
        }

        response.Error(result.Error);
        if (request.Version >= 5)
        {
            response.String(result.ProtocolType);
            response.String(result.Protocol);
        }

        response.Bytes(result.Assignment);
        response.Tags();
    }

    static Task<SyncResult> Begin(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        var group = reader.String();
        var generation = reader.Int32();
        var memberId = reader.String();
        var instance = version >= 3 ? reader.NullableString() : null;
        var type = version >= 5 ? reader.NullableString() : null;
        var protocol = version >= 5 ? reader.NullableString() : null;
        var assignments = new Dictionary<string, byte[]>();
        for (var count = reader.Count(); count > 0; count--)
        {
            assignments[reader.String()] = reader.Bytes();
            reader.Tags();
        }

        return request.Broker.Groups.SyncAsync(group, new MemberClaim(memberId, generation, instance), type, protocol, assignments);
    }
}
