using KafkaBridge.Broker.Api;

namespace KafkaBridge.Broker.Protocol;

/// <summary>The header of a request: which API in which version, the number by which the client knows its answer.</summary>
static class RequestHeader
{
    /// <summary>Key, version, correlation id, an absent client id.</summary>
    public const int LeastBytes = 10;

    /// <summary>Reads the header and begins the response.</summary>
    /// <exception cref="MalformedRequestException">The API or version is not one that ApiVersions told the client of.</exception>
    public static Request Read(Memory<byte> frame, BrokerState broker, BrokerConnection connection, CancellationToken ended)
    {
        var fixedPart = new KafkaReader(frame.Span, flexible: false);
        var key = (ApiKey)fixedPart.Int16();
        var version = fixedPart.Int16();
        var correlationId = fixedPart.Int32();
        var clientId = fixedPart.NullableClientId();
        var api = ApiTable.Find(key) ?? throw new MalformedRequestException($"API {(short)key} version {version} is not served here");

        // A client that begins with a version of ApiVersions that is too new is answered in version 0, and asks again.
        var served = version >= 0 && version <= api.Greatest;
        if (!served && key != ApiKey.ApiVersions)
        {
            throw new MalformedRequestException($"{key} version {version} is not served here, only {api.Least} to {api.Greatest}");
        }

        var flexible = served && version >= api.FlexibleFrom;
        var rest = new KafkaReader(frame.Span[fixedPart.Position..], flexible);
        if (flexible)
        {
            rest.Tags();
        }

        var body = frame[(fixedPart.Position + rest.Position)..];
        var request = new Request(key, served ? version : (short)-1, correlationId, clientId, flexible, body)
        {
            Broker = broker,
            Connection = connection,
            Ended = ended,
        };
        request.Response.Int32(correlationId);
        request.Response.Flexible = flexible;
        if (flexible && key != ApiKey.ApiVersions)
        {
            request.Response.Tags(); // ApiVersions alone keeps the old header, as the client can't know yet
        }

        return request;
    }
}
