using System.Globalization;

namespace KafkaBridge.TestKit;

/// <summary>
/// The built program's own broker as a process, on a port and a folder that it keeps when it is killed and started again.
/// </summary>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    /// <summary>The option; without it there is no registry beside the broker.</summary>
    public const string RegistryPort = "--registry-port";

    readonly string data = Directory.CreateTempSubdirectory("kb-broker-").FullName;
    readonly int port = Commands.FreePort();
    readonly string[] options;
    BridgeProcess? process;

    EmbeddedBroker(string[] options)
    {
        this.options = options.Contains(RegistryPort) ? options : [.. options, RegistryPort, "0"];
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public string BootstrapServers => $"127.0.0.1:{port}";

    /// <summary>Where its logs are.</summary>
    public string Data => data;

    /// <summary>Of the process that runs now.</summary>
    public int ProcessId => process!.Id;

    /// <summary>What the process that runs now has written to standard error.</summary>
    public string Error => process!.Error;

    /// <param name="options">More of the command line of <c>kafkabridge broker</c>.</param>
    public static async Task<EmbeddedBroker> StartAsync(params string[] options)
    {
        var broker = new EmbeddedBroker(options);
        try
        {
            await broker.StartAgainAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when it listens.</summary>
    public async Task StartAgainAsync()
    {
        var started = BridgeProcess.Start(
            ["broker", "--listen", $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", "--data", data, .. options]);
        process = started;
        await Eventually.TrueAsync(() => started.HasExited || started.Output.Contains("listening on", StringComparison.Ordinal),
            "the embedded broker listens");
        if (started.HasExited)
        {
            throw new InvalidOperationException($"the embedded broker ended with {started.ExitCode}\n{started.Error}");
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await process!.DisposeAsync();
        process = null;
    }

    /// <summary>SIGTERM, and its end.</summary>
    public async Task StopAsync()
    {
        await process!.StopAsync();
        await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }
    }

    void OnProcessExit(object? sender, EventArgs e) => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
