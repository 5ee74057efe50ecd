using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// FindCoordinator: 0 to 4. This broker coordinates every group and every transaction. Several keys since 4.
/// Left out: share groups (UNSUPPORTED_VERSION).
/// </summary>
static class FindCoordinator
{
    public static readonly ApiEntry Entry = new(ApiKey.FindCoordinator, 0, 4, 3, HandleAsync);

    const int SeveralKeys = 4;
    const sbyte Group = 0;
    const sbyte Transaction = 1;

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        var response = request.Response;
        var version = request.Version;
        var key = version < SeveralKeys ? reader.String() : "";
        var type = version >= 1 ? reader.Int8() : Group;
        var error = type is Group or Transaction ? ErrorCode.None : ErrorCode.UnsupportedVersion;
        var message = error == ErrorCode.None ? null : "this broker has no share groups";
        if (version >= 1)
        {
            response.Int32(0); // throttle
        }

        if (version < SeveralKeys)
        {
            WriteError(response, version, error, message);
            WriteNode(request, error);
            response.Tags();
            return Task.CompletedTask;
        }

        var count = reader.Count();
        response.Count(count);
        for (; count > 0; count--)
        {
            key = reader.String();
            response.String(key);
            WriteNode(request, error);
            WriteError(response, version, error, message);
            response.Tags();
        }

        response.Tags();
        return Task.CompletedTask;
    }

    static void WriteError(KafkaWriter response, short version, ErrorCode error, string? message)
    {
        response.Error(error);
        if (version >= 1)
        {
            response.String(message);
        }
    }

    static void WriteNode(Request request, ErrorCode error)
    {
        var (host, port) = request.Broker.Advertised;
        request.Response.Int32(error == ErrorCode.None ? BrokerState.NodeId : -1);
        request.Response.String(error == ErrorCode.None ? host : "");
        request.Response.Int32(error == ErrorCode.None ? port : -1);
    }
}
