using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// JoinGroup: 0 to 9. The classic protocol: dynamic members are given an id first (since 4), static ones (since 5) keep their
/// assignment when they come back. Answered when all members have joined, or at the end of the rebalance timeout.
/// Left out: groups of the newer protocol.
/// </summary>
static class JoinGroup
{
    public static readonly ApiEntry Entry = new(ApiKey.JoinGroup, 0, 9, 6, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var (group, wish) = Read(request);
        var result = request.Refusal is { } refusal
            ? JoinResult.Refused(refusal, wish.MemberId)
            : await request.Broker.Groups.JoinAsync(group, wish).WaitAsync(request.Ended);
        var response = request.Response;
        var version = request.Version;
        if (version >= 2)
        {
            response.Int32(0); // throttle
        }

        response.Error(result.Error);
        response.Int32(result.Generation);
        if (version >= 7)
        {
            response.String(result.ProtocolType);
        }

        response.String(result.Protocol ?? (version >= 7 ? null : ""));
        response.String(result.Leader);
        if (version >= 9)
        {
            response.Boolean(result.SkipAssignment);
        }

        response.String(result.MemberId);
        var members = result.SkipAssignment && version < 9 ? [] : result.Members;
        response.Count(members.Count);
        foreach (var member in members)
        {
            response.String(member.Id);
            if (version >= 5)
            {
                response.String(member.Wish.InstanceId);
            }

            response.Bytes(member.Metadata(result.Protocol));
            response.Tags();
        }

        response.Tags();
    }

    static (string Group, JoinWish Wish) Read(Request request)
    {
        var reader = request.Read();
        var version = request.Version;
        var group = reader.String();
        var session = reader.Int32();
        var rebalance = version >= 1 ? reader.Int32() : session;
        var memberId = reader.String();
        var instance = version >= 5 ? reader.NullableString() : null;
        var type = reader.String();
        var protocols = new List<MemberProtocol>();
        var count = reader.Count();
        if (count > BrokerLimits.ProtocolsPerMember)
        {
            throw new MalformedRequestException($"a member with {count} protocols; at most {BrokerLimits.ProtocolsPerMember} are taken");
        }

        for (; count > 0; count--)
        {
            protocols.Add(new MemberProtocol(reader.String(), reader.Bytes()));
            reader.Tags();
        }

        return (group, new JoinWish(
            memberId, instance, request.ClientId ?? "", "/" + request.Connection.ClientAddress, session, Math.Max(0, rebalance), type,
                protocols,
            NeedsKnownId: version >= 4));
    }
}
