using System.Net;
using System.Text;
using KafkaBridge.Kafka.Registry;

namespace KafkaBridge.Kafka.Tests;

/// <summary>A loopback HTTP server that answers each request by the given rule, and remembers what was asked.</summary>
sealed class RegistryServer : IAsyncDisposable
{
    readonly HttpListener listener = new();
    readonly Func<string, string, string, Task<RegistryAnswer>> answer;
    readonly Task serving;

    /// <param name="url">Where another one was before; null: a free port.</param>
    public RegistryServer(Func<string, string, string, Task<RegistryAnswer>> answer, Uri? url = null)
    {
        this.answer = answer;
        Url = url ?? new Uri($"http://127.0.0.1:{TestKit.Commands.FreePort()}/registry/");
        listener.Prefixes.Add(Url.ToString());
        listener.Start();
        serving = ServeAsync();
    }

    public Uri Url { get; }

    public List<string> Requests { get; } = [];

    public string? Authorization { get; set; }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            var path = context.Request.RawUrl!["/registry".Length..].Split('?')[0];
            Requests.Add($"{context.Request.HttpMethod} {path}");
            Authorization = context.Request.Headers["Authorization"];
            var result = await answer(context.Request.HttpMethod, path, body);
            context.Response.StatusCode = result.StatusCode;
            context.Response.ContentType = RegistryAnswer.MediaType;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(result.Body));
            context.Response.Close();
        }
    }
}
