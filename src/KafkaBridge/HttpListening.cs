using System.Net;
using KafkaBridge.Kafka.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace KafkaBridge;

/// <summary>HTTP on one address, and the embedded registry over it: for the admin endpoint, and beside the embedded broker.</summary>
internal static class HttpListening
{
    /// <summary>A schema is text of some kilobytes.</summary>
    const long LargestBody = 4 << 20;

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<WebApplication> StartAsync(IPAddress address, int port, RequestDelegate answer, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address, port);
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
