using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// SaslAuthenticate: 0 to 2. One step of the chosen mechanism; after a failed one the connection is closed. The answer does not say
/// whether the name or the password was wrong. Left out: re-authentication, so sessions have no lifetime.
/// </summary>
static class SaslAuthenticate
{
    public static readonly ApiEntry Entry = new(ApiKey.SaslAuthenticate, 0, 2, 2, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var answer = request.Connection.Authentication.Step(request.Read().Bytes());
        var response = request.Response;
        response.Error(answer is null ? ErrorCode.SaslAuthenticationFailed : ErrorCode.None);
        response.String(answer is null ? "Authentication failed: wrong user name, password or message" : null);
        response.Bytes(answer ?? []);
        if (request.Version >= 1)
        {
            response.Int64(0); // session lifetime
        }

        response.Tags();
        request.IsLast = answer is null;
        return Task.CompletedTask;
    }
}
