using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>DescribeGroups: 0 to 6. An unknown group is Dead (since 6 with GROUP_ID_NOT_FOUND). Left out: authorized operations.</summary>
static class DescribeGroups
{
    public static readonly ApiEntry Entry = new(ApiKey.DescribeGroups, 0, 6, 5, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        var version = request.Version;
        if (version >= 1)
        {
            response.Int32(0); // throttle
        }

        var count = reader.Count();
        response.Count(count);
        for (; count > 0; count--)
        {
            WriteGroup(request, reader.String());
        }

        response.Tags();
        return Task.CompletedTask;
    }

    static void WriteGroup(Request request, string name)
    {
        var response = request.Response;
        var version = request.Version;
        var group = request.Broker.Groups.Describe(name);
        var missing = group is null && version >= 6;
        response.Error(missing ? ErrorCode.GroupIdNotFound : ErrorCode.None);
        if (version >= 6)
        {
            response.String(missing ? $"Group {name} not found." : null);
        }

        response.String(name);
        response.String(group?.State.ToString() ?? "Dead");
        response.String(group?.ProtocolType ?? "");
        response.String(group?.Protocol ?? "");
        var members = group?.Members ?? [];
        response.Count(members.Count);
        foreach (var member in members)
        {
            response.String(member.Id);
            if (version >= 4)
            {
                response.String(member.Wish.InstanceId);
            }

            response.String(member.Wish.ClientId);
            response.String(member.Wish.ClientHost);
            response.Bytes(member.Metadata);
            response.Bytes(member.Assignment);
            response.Tags();
        }

        if (version >= 3)
        {
            response.Int32(int.MinValue);
        }

        response.Tags();
    }
}
