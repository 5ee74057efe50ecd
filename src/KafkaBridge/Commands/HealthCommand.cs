using System.Net;

namespace KafkaBridge.Commands;

/// <summary>Asks the bridge beside it whether it is ready: a probe for containers that have no shell and no curl.</summary>
internal sealed class HealthCommand(TextWriter output)
{
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);

    public async Task<int> RunAsync(int adminPort, CancellationToken ct)
    {
        using var client = new HttpClient { Timeout = Answer };
        var address = new Uri($"http://127.0.0.1:{adminPort}/health/ready");
        try
        {
            using var response = await client.GetAsync(address, ct);
            await output.WriteLineAsync(await response.Content.ReadAsStringAsync(ct));
            return response.StatusCode == HttpStatusCode.OK ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            throw new StoppedException(
                ExitCode.Failed, "KB1114", "no bridge answers", address.ToString(), exception.Message,
                "kafkabridge run, or --admin-port where it listens elsewhere");
        }
    }
}
