using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// ApiVersions: 0 to 4. Lists the table. A version that is too new is answered in version 0 with UNSUPPORTED_VERSION, as KIP-511 says.
/// Left out: features, finalized features.
/// </summary>
static class ApiVersions
{
    public static readonly ApiEntry Entry = new(ApiKey.ApiVersions, 0, 4, 3, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var response = request.Response;
        response.Error(request.Version < 0 ? ErrorCode.UnsupportedVersion : ErrorCode.None);
        var apis = ApiTable.All.ToList();
        response.Count(apis.Count);
        foreach (var api in apis)
        {
            response.Int16((short)api.Key);
            response.Int16(api.Least);
            response.Int16(api.Greatest);
            response.Tags();
        }

        if (request.Version >= 1)
        {
            response.Int32(0); // throttle
        }

        response.Tags();
        return Task.CompletedTask;
    }
}
