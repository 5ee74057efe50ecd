using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>DeleteGroups: 0 to 2. Groups without members, with their offsets.</summary>
static class DeleteGroups
{
    public static readonly ApiEntry Entry = new(ApiKey.DeleteGroups, 0, 2, 2, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var results = new List<(string Group, ErrorCode Error)>();
        foreach (var group in Read(request))
        {
            try
            {
                results.Add((group, await request.Broker.Groups.DeleteAsync(group)));
            }
            catch (IOException)
            {
                results.Add((group, ErrorCode.CoordinatorNotAvailable));
            }
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Count(results.Count);
        foreach (var (group, error) in results)
        {
            response.String(group);
            response.Error(error);
            response.Tags();
        }

        response.Tags();
    }

    static List<string> Read(Request request)
    {
        var reader = request.Read();
        var groups = new List<string>();
        for (var count = reader.Count(); count > 0; count--)
        {
            groups.Add(reader.String());
        }

        return groups;
    }
}
