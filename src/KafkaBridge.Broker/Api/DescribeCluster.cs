using KafkaBridge.Broker.Protocol;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// DescribeCluster: 0 to 1. The one broker, which is its own controller. Left out: controller endpoints, authorized operations.
/// </summary>
static class DescribeCluster
{
    public static readonly ApiEntry Entry = new(ApiKey.DescribeCluster, 0, 1, 0, HandleAsync);

    const sbyte Brokers = 1;
    const short UnsupportedEndpointType = 115;

    /// <summary>The one broker, as several responses show it.</summary>
    public static void WriteBroker(Request request, bool withRack)
    {
        var response = request.Response;
        var (host, port) = request.Broker.Advertised;
        response.Int32(BrokerState.NodeId);
        response.String(host);
        response.Int32(port);
        if (withRack)
        {
            response.String(null);
        }

        response.Tags();
    }

    static Task HandleAsync(Request request)
    {
        var reader = request.Read();
        reader.Boolean(); // authorized operations
        var endpoints = request.Version >= 1 ? reader.Int8() : Brokers;
        var response = request.Response;
        response.Int32(0); // throttle
        response.Int16(endpoints == Brokers ? (short)0 : UnsupportedEndpointType);
        response.String(endpoints == Brokers ? null : "this broker shows no controller endpoints");
        if (request.Version >= 1)
        {
            response.Int8(endpoints);
        }

        response.String(request.Broker.ClusterId);
        response.Int32(BrokerState.NodeId);
        response.Count(1);
        WriteBroker(request, withRack: true);
        response.Int32(int.MinValue);
        response.Tags();
        return Task.CompletedTask;
    }
}
