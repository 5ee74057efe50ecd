using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace KafkaBridge.TestKit;

/// <summary>
/// The built program (artifacts/kafkabridge/kafkabridge, or KAFKABRIDGE_EXE) as a process of its own, to be stopped
/// or killed.
/// </summary>
public sealed class BridgeProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private bool disposed;

    private BridgeProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.Start();
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    public string Output => Read(output);

    public string Error => Read(error);

    public static BridgeProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        string? given = Environment.GetEnvironmentVariable("KAFKABRIDGE_EXE");
        string program = string.IsNullOrEmpty(given) ? Repository.Path("artifacts", "kafkabridge", "kafkabridge") : given;
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"{program} is missing: run deploy/build.sh, or set KAFKABRIDGE_EXE");
        }

        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new BridgeProcess(new Process { StartInfo = start });
    }

    /// <summary>Runs a command of the program to its end.</summary>
    public static async Task<CommandResult> RunAsync(params string[] arguments)
    {
        await using BridgeProcess bridge = Start(arguments);
        int exitCode = await bridge.WaitAsync(TimeSpan.FromMinutes(2));
        return new CommandResult(exitCode, bridge.Output, bridge.Error);
    }

    /// <summary>SIGKILL, and its end.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and its end; returns the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan? deadline = null)
    {
        if (!process.HasExited)
        {
            await Commands.TryAsync("kill", "-TERM", process.Id.ToString(CultureInfo.InvariantCulture));
        }

        return await WaitAsync(deadline ?? Eventually.DefaultDeadline);
    }

    /// <summary>Waits for the program to end by itself; returns the exit code.</summary>
    public async Task<int> WaitAsync(TimeSpan deadline)
    {
        using var limit = new CancellationTokenSource(deadline);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"kafkabridge did not end within {deadline.TotalSeconds:0.#} s\n{Output}\n{Error}");
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (!process.HasExited)
        {
            await KillAsync();
        }

        disposed = true;
        process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (text)
            {
                text.Append(line).Append('\n');
            }
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (!disposed)
        {
            process.Kill();
        }
    }
}
