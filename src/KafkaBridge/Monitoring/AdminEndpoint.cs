using System.Net;
using System.Net.Sockets;
using KafkaBridge.Apply;
using KafkaBridge.Capture;
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

    AdminEndpoint(WebApplication? server) => this.server = server;

    /// <param name="port">0: none. Null: the default port, or a free one where that is taken.</param>
    public static async Task<AdminEndpoint> StartAsync(BridgeHost host, int? port, ILogger log, CancellationToken ct)
    {
        if (port == 0)
        {
            return new AdminEndpoint(null);
        }

        try
        {
            return await ListenAsync(host, port ?? BridgeOptions.DefaultAdminPort, log, ct);
        }
        catch (IOException) when (port is null)
        {
            log.LogInformation("port {Port} is taken", BridgeOptions.DefaultAdminPort);
            return await ListenAsync(host, FreePort(), log, ct);
        }
        catch (IOException exception)
        {
            throw new StoppedException(ExitCode.Precondition, "KB1024", $"the admin port {port} is taken", "127.0.0.1", exception.Message, "admin_port: 0 for none, or another port");
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
        return new AdminEndpoint(server);
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
                var unready = host.Nodes.SelectMany(WhyUnready).ToList();
                request.Response.StatusCode = unready.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return request.Response.WriteAsJsonAsync(new { status = unready.Count == 0 ? "ready" : "unready", reasons = unready });
            case "/api/v1/status":
                return request.Response.WriteAsJsonAsync(LiveStatus.Of(host));
            default:
                return RegistryAsync(host, request, path);
        }
    }

    static IEnumerable<string> WhyUnready(NodeBridge node)
    {
        var capture = node.Capture.Status;
        if (capture.State != CaptureState.Running)
        {
            yield return $"node {node.Node.Name}: capture is {capture.State}{(capture.LastError is null ? "" : ": " + capture.LastError)}";
        }

        var apply = node.Apply.Status;
        if (apply.Retrying is { } retrying)
        {
            yield return $"node {node.Node.Name}: apply waits: {retrying}";
        }

        foreach (var origin in apply.Origins.Where(origin => origin.State == OriginState.Stopped))
        {
            yield return $"node {node.Node.Name}: changes of {origin.Name} are halted: {origin.Sentence}";
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
        var answer = await new RegistryEndpoints(registry).AnswerAsync(request.Request.Method, raw, await body.ReadToEndAsync(request.RequestAborted), request.RequestAborted);
        request.Response.StatusCode = answer.StatusCode;
        request.Response.ContentType = RegistryAnswer.MediaType;
        await request.Response.WriteAsync(answer.Body, request.RequestAborted);
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }
}
