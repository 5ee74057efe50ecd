using System.Net;
using KafkaBridge.Kafka.Registry;
using KafkaBridge.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Monitoring;

/// <summary>HTTP on loopback: metrics, health, status, and the embedded registry for those who read the topics.</summary>
internal sealed class AdminEndpoint : IAsyncDisposable
{
    /// <summary>A schema is text of some kilobytes.</summary>
    const long LargestBody = 4 << 20;

    readonly WebApplication? server;

    AdminEndpoint(WebApplication? server, int port) => (this.server, Port) = (server, port);

    /// <summary>0 where there is none.</summary>
    public int Port { get; }

    /// <param name="port">0: none. Null: the default port, or a free one where that is taken.</param>
    public static async Task<AdminEndpoint> StartAsync(BridgeHost host, int? port, ILogger log, CancellationToken ct)
    {
        if (port == 0)
        {
            return new AdminEndpoint(null, 0);
        }

        try
        {
            return await ListenAsync(host, port ?? BridgeOptions.DefaultAdminPort, log, ct);
        }
        catch (IOException) when (port is null)
        {
            log.LogInformation("port {Port} is taken", BridgeOptions.DefaultAdminPort);
            return await ListenAsync(host, FreePort.Next(), log, ct);
        }
        catch (IOException exception)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1024", $"the admin port {port} is taken", "127.0.0.1", exception.Message,
                "admin_port: 0 for none, or another port");
        }
    }

    static async Task<AdminEndpoint> ListenAsync(BridgeHost host, int port, ILogger log, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.AddServerHeader = false;
        });
        var server = builder.Build();
        server.Run(request => AnswerAsync(host, request));
        try
        {
            await server.StartAsync(ct);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        log.LogInformation("admin endpoint: http://127.0.0.1:{Port}/api/v1/status", port);
        return new AdminEndpoint(server, port);
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
                var unready = Readiness.WhyNot(host).ToList();
                request.Response.StatusCode = unready.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return request.Response.WriteAsJsonAsync(new { status = unready.Count == 0 ? "ready" : "unready", reasons = unready });
            case "/api/v1/status":
                return request.Response.WriteAsJsonAsync(LiveStatus.Of(host));
            default:
                return RegistryAsync(host, request, path);
        }
    }

    static async Task RegistryAsync(BridgeHost host, HttpContext request, string path)
    {
        if (host.Registry is not { } registry)
        {
            request.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new StreamReader(request.Request.Body);
        var raw = request.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget.Split('?')[0] ?? path;
        var text = await body.ReadToEndAsync(request.RequestAborted);
        var answer = await new RegistryEndpoints(registry).AnswerAsync(request.Request.Method, raw, text, request.RequestAborted);
        request.Response.StatusCode = answer.StatusCode;
        request.Response.ContentType = RegistryAnswer.MediaType;
        await request.Response.WriteAsync(answer.Body, request.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }
}
