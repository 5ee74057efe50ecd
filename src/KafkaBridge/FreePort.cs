using System.Net;
using System.Net.Sockets;

namespace KafkaBridge;

/// <summary>A TCP port of the loopback that nothing listens on at this moment.</summary>
internal static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
