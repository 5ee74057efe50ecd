using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// SaslHandshake: 1 (0 is advertised, as librdkafka wants to see it, and refused). The client names its mechanism: SCRAM-SHA-256,
/// SCRAM-SHA-512, and PLAIN where the connection is encrypted.
/// Left out: version 0, whose tokens come without a request around them; other mechanisms.
/// </summary>
static class SaslHandshake
{
    public static readonly ApiEntry Entry = new(ApiKey.SaslHandshake, 0, 1, ApiEntry.NeverFlexible, HandleAsync);

    static Task HandleAsync(Request request)
    {
        var response = request.Response;
        var mechanism = request.Read().String();
        response.Error(request.Version == 0 ? ErrorCode.UnsupportedVersion : request.Connection.Authentication.Choose(mechanism));
        var mechanisms = request.Broker.Users.IsRequired ? request.Broker.Users.Mechanisms : [];
        response.Count(mechanisms.Count);
        foreach (var offered in mechanisms)
        {
            response.String(offered);
        }

        return Task.CompletedTask;
    }
}
