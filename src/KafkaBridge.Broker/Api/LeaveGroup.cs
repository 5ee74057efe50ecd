using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>LeaveGroup: 0 to 5. One member, several since 3, there also by the instance of static ones.</summary>
static class LeaveGroup
{
    public static readonly ApiEntry Entry = new(ApiKey.LeaveGroup, 0, 5, 4, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        var version = request.Version;
        var group = reader.String();
        if (version >= 1)
        {
            response.Int32(0); // throttle
        }

        if (version < 3)
        {
            response.Error(request.Broker.Groups.Leave(group, reader.String(), null));
            return Task.CompletedTask;
        }

        response.Error(ErrorCode.None);
        var count = reader.Count();
        response.Count(count);
        for (; count > 0; count--)
        {
            var memberId = reader.String();
            var instance = reader.NullableString();
            if (version >= 5)
            {
                reader.NullableString(); // reason
            }

            reader.Tags();
            response.String(memberId);
            response.String(instance);
            response.Error(request.Broker.Groups.Leave(group, memberId, instance));
            response.Tags();
        }

        response.Tags();
        return Task.CompletedTask;
    }
}
