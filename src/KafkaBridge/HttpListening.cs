using System.Net;
using System.Net.Sockets;
using KafkaBridge.Kafka.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace KafkaBridge;

/// <summary>HTTP on one address, and the embedded registry over it: for the admin endpoint, and beside the embedded broker.</summary>
internal static class HttpListening
{
    /// <summary>A schema is text of some kilobytes.</summary>
    const long LargestBody = 4 << 20;

    /// <exception cref="IOException">The port is taken.</exception>
    public static Task<WebApplication> StartAsync(IPAddress address, int port, RequestDelegate answer, CancellationToken ct) =>
        StartAsync(WebApplication.CreateEmptyBuilder(new()), new IPEndPoint(address, port), answer, ct);

    /// <summary>On a socket that listens already and has accepted its first connection.</summary>
    public static async Task<IAsyncDisposable> StartAsync(Socket listening, Socket first, RequestDelegate answer, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IConnectionListenerFactory>(new BegunListener(listening, first));
        return await StartAsync(builder, listening.LocalEndPoint!, answer, ct);
    }

    static async Task<WebApplication> StartAsync(
        WebApplicationBuilder builder, EndPoint endpoint, RequestDelegate answer, CancellationToken ct)
    {
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(endpoint);
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.AddServerHeader = false;
        });
        var server = builder.Build();
        server.Run(answer);
        try
        {
            await server.StartAsync(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public static async Task AnswerAsync(EmbeddedSchemaRegistry registry, HttpContext request)
    {
        using var body = new StreamReader(request.Request.Body);
        var raw = request.Features.Get<IHttpRequestFeature>()?.RawTarget.Split('?')[0] ?? request.Request.Path.Value ?? "/";
        var text = await body.ReadToEndAsync(request.RequestAborted);
        var answer = await new RegistryEndpoints(registry).AnswerAsync(request.Request.Method, raw, text, request.RequestAborted);
        request.Response.StatusCode = answer.StatusCode;
        request.Response.ContentType = RegistryAnswer.MediaType;
        await request.Response.WriteAsync(answer.Body, request.RequestAborted);
    }
}
