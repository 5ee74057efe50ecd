using System.Security.Cryptography;
using System.Text;
using KafkaBridge.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Monitoring;

/// <summary>
/// HTTP, on the loopback unless configured otherwise: metrics, health, status, and the embedded registry for those
/// who read the topics.
/// </summary>
internal sealed class AdminEndpoint : IAsyncDisposable
{
    readonly WebApplication? server;

    AdminEndpoint(WebApplication? server, int port) => (this.server, Port) = (server, port);

    /// <summary>0 where there is none.</summary>
    public int Port { get; }

    public static async Task<AdminEndpoint> StartAsync(BridgeHost host, AdminOptions options, ILogger log, CancellationToken ct)
    {
        if (options.Port == 0)
        {
            return new AdminEndpoint(null, 0);
        }

        try
        {
            return await ListenAsync(host, options, options.Port ?? AdminOptions.DefaultPort, log, ct);
        }
        catch (IOException) when (options.Port is null)
        {
            log.LogInformation("port {Port} is taken", AdminOptions.DefaultPort);
            return await ListenAsync(host, options, FreePort.Next(), log, ct);
        }
        catch (IOException exception)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1024", $"the admin port {options.Port} is taken", $"{options.Address}", exception.Message,
                "admin_port: 0 for none, or another port");
        }
    }

    static async Task<AdminEndpoint> ListenAsync(
        BridgeHost host, AdminOptions options, int port, ILogger log, CancellationToken ct)
    {
        var server = await HttpListening.StartAsync(
            options.Address, port,
            request => Admits(options.Token, request.Request) ? AnswerAsync(host, request) : RefuseAsync(request.Response), ct);
        log.LogInformation("admin endpoint: http://{Address}:{Port}/api/v1/status", options.Address, port);
        return new AdminEndpoint(server, port);
    }

    /// <summary>Health is for whoever asks; the rest, where there is a token, for those who have it.</summary>
    static bool Admits(string? token, HttpRequest request) =>
        token is null || request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
        || CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes("Bearer " + token));

    static Task RefuseAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    static Task AnswerAsync(BridgeHost host, HttpContext request)
    {
        var path = request.Request.Path.Value ?? "/";
        switch (path)
        {
            case "/metrics":
                request.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                return request.Response.WriteAsync(MetricsText.Of(host));
            case "/health/live":
                return request.Response.WriteAsJsonAsync(new { status = "live" });
            case "/health/ready":
                var unready = Readiness.WhyNot(host).Select(reason => host.Options.Redaction.Apply(reason)).ToList();
                request.Response.StatusCode = unready.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return request.Response.WriteAsJsonAsync(new { status = unready.Count == 0 ? "ready" : "unready", reasons = unready });
            case "/api/v1/status":
                return request.Response.WriteAsJsonAsync(LiveStatus.Of(host));
            default:
                return RegistryAsync(host, request);
        }
    }

    static Task RegistryAsync(BridgeHost host, HttpContext request)
    {
        if (host.Registry is { } registry)
        {
            return HttpListening.AnswerAsync(registry, request);
        }

        request.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }
}
