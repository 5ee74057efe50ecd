using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>ListGroups: 0 to 5. Filters by state since 4, by type since 5; all are of the type "classic".</summary>
static class ListGroups
{
    public static readonly ApiEntry Entry = new(ApiKey.ListGroups, 0, 5, 3, HandleAsync);

    const string ClassicType = "classic";

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        var version = request.Version;
        var states = version >= 4 ? ReadFilter(ref reader) : [];
        var types = version >= 5 ? ReadFilter(ref reader) : [];
        var groups = request.Broker.Groups.Names.Select(request.Broker.Groups.Describe).OfType<GroupDescription>()
            .Where(group => states.Count == 0 || states.Contains(group.State.ToString()))
            .Where(_ => types.Count == 0 || types.Contains(ClassicType))
            .ToList();
        if (version >= 1)
        {
            response.Int32(0); // throttle
        }

        response.Error(ErrorCode.None);
        response.Count(groups.Count);
        foreach (var group in groups)
        {
            response.String(group.Name);
            response.String(group.ProtocolType);
            if (version >= 4)
            {
                response.String(group.State.ToString());
            }

            if (version >= 5)
            {
                response.String(ClassicType);
            }

            response.Tags();
        }

        response.Tags();
        return Task.CompletedTask;
    }

    static HashSet<string> ReadFilter(ref KafkaReader reader)
    {
        var filter = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var count = reader.Count(); count > 0; count--)
        {
            filter.Add(reader.String());
        }

        return filter;
    }
}
