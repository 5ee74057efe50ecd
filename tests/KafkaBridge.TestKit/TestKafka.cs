using System.Globalization;

namespace KafkaBridge.TestKit;

/// <summary>
/// Kafka for tests: what KAFKABRIDGE_TEST_KAFKA names (host:port, or "embedded" for our own broker), else the Apache Kafka that
/// kafka-local starts from ../shared/kafka, else our own broker.
/// </summary>
public sealed class TestKafka : IAsyncDisposable
{
    private static readonly Lazy<Task<TestKafka>> Shared = new(StartSharedAsync);

    private const string Variable = "KAFKABRIDGE_TEST_KAFKA";
    private const string Embedded = "embedded";
    private const string GivenKafka = "this Kafka was given by KAFKABRIDGE_TEST_KAFKA: tests can't stop its brokers";

    private readonly EmbeddedBroker? embedded;
    private readonly string? kafkaLocal;
    private readonly string? data;
    private int watchdogProcess;

    private TestKafka(string bootstrapServers, string? kafkaLocal, string? data)
    {
        BootstrapServers = bootstrapServers;
        this.kafkaLocal = kafkaLocal;
        this.data = data;
    }

    private TestKafka(EmbeddedBroker embedded)
    {
        BootstrapServers = embedded.BootstrapServers;
        this.embedded = embedded;
    }

    public string BootstrapServers { get; private set; }

    /// <summary>Whether it is our own broker and not Apache Kafka.</summary>
    public bool IsEmbedded => embedded is not null;

    /// <summary>Whether tests that need a Kafka of their own get our own broker.</summary>
    internal static bool OwnIsEmbedded => Environment.GetEnvironmentVariable(Variable) == Embedded || KafkaLocal is null;

    /// <summary>Apache Kafka's jars for tests, and what starts them; null where there are none.</summary>
    public static string? KafkaLocal { get; } = FindKafkaLocal();

    /// <summary>The one that all tests of this process share: use topic names of your own. Nobody disposes of it.</summary>
    public static Task<TestKafka> SharedAsync() => Shared.Value;

    /// <summary>A private cluster, for tests that stop brokers; each setting is a line of server.properties.</summary>
    public static Task<TestKafka> StartOwnAsync(int brokers = 1, params string[] settings) =>
        StartAsync(brokers, Commands.FreePort([.. Enumerable.Range(0, brokers).SelectMany(n => new[] { 10 * n, (10 * n) + 1 })]), settings);

    /// <summary>The first broker listens on the port, its controller on the next; the others ten and eleven further.</summary>
    internal static async Task<TestKafka> StartAsync(int brokers, int port, IReadOnlyList<string> settings)
    {
        if (OwnIsEmbedded)
        {
            return brokers == 1 && settings.Count == 0
                ? await StartEmbeddedAsync()
                : throw new InvalidOperationException(
                    "this test needs an Apache Kafka with several brokers or settings of its own: put kafka-local into "
                        + "../shared/kafka beside the repository");
        }

        string data = Directory.CreateTempSubdirectory("kb-kafka-").FullName;
        var kafka = new TestKafka("", KafkaLocal, data);
        kafka.StartWatchdog();
        AppDomain.CurrentDomain.ProcessExit += kafka.OnProcessExit;
        try
        {
            string printed = await Commands.RunAsync(
                KafkaLocal!,
                [
                    "start", "--data", data, "--port", Text(port), "--brokers", Text(brokers),
                    .. settings.SelectMany(s => new[] { "--set", s }),
                ]);
            kafka.BootstrapServers = printed.Trim().Split('\n')[^1];
            return kafka;
        }
        catch
        {
            await kafka.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends broker n (from 1) as a crash would.</summary>
    public Task KillBrokerAsync(int n) => embedded?.KillAsync() ?? OwnAsync("stop", "--broker", Text(n), "--signal", "KILL");

    /// <summary>SIGSTOP: broker n (from 1) keeps its connections and answers nothing.</summary>
    public async Task PauseBrokerAsync(int n) => await Commands.RunAsync("kill", "-STOP", await ProcessAsync(n));

    /// <summary>SIGCONT.</summary>
    public async Task ResumeBrokerAsync(int n) => await Commands.RunAsync("kill", "-CONT", await ProcessAsync(n));

    /// <summary>Stops broker n (from 1) in order.</summary>
    public Task StopBrokerAsync(int n) => embedded?.StopAsync() ?? OwnAsync("stop", "--broker", Text(n));

    /// <summary>Starts the stopped broker n again; returns when it answers.</summary>
    public Task RestartBrokerAsync(int n) => embedded?.StartAgainAsync() ?? OwnAsync("restart", "--broker", Text(n));

    /// <summary>One of Kafka's own command line tools, by class; returns what it printed.</summary>
    public Task<string> ToolAsync(string tool, params string[] arguments) =>
        RunToolAsync(tool, ["--bootstrap-server", BootstrapServers, .. arguments]);

    /// <summary>The same, with nothing said of where Kafka is.</summary>
    public static Task<string> RunToolAsync(string tool, params string[] arguments) =>
        Commands.RunAsync(
            KafkaLocal ?? throw new InvalidOperationException("Kafka's own tools are needed: put kafka-local into ../shared/kafka"),
            ["tool", tool, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        if (embedded is not null)
        {
            await embedded.DisposeAsync();
        }

        if (data is null || !Directory.Exists(data))
        {
            return;
        }

        await OwnAsync("stop", "--signal", "KILL");
        Directory.Delete(data, recursive: true);
        if (watchdogProcess != 0)
        {
            await Commands.TryAsync("kill", Text(watchdogProcess));
        }
    }

    private static Task<TestKafka> StartSharedAsync()
    {
        string? given = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(given) || given == Embedded ? StartOwnAsync() : Task.FromResult(new TestKafka(given, null, null));
    }

    private static async Task<TestKafka> StartEmbeddedAsync()
    {
        try
        {
            // As Apache Kafka does. Flushed each time it waits for the disk behind the servers of all other tests, for seconds.
            return new TestKafka(await EmbeddedBroker.StartAsync("--flush", "none"));
        }
        catch (InvalidOperationException missing)
        {
            throw new InvalidOperationException(
                $"these tests need a Kafka: set {Variable}=host:port (not for tests that stop brokers), or put kafka-local into "
                + $"../shared/kafka beside the repository, or run deploy/build.sh so that our own broker can be started: "
                    + $"{missing.Message}");
        }
    }

    private static string? FindKafkaLocal()
    {
        for (DirectoryInfo? folder = new(Repository.Root); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "kafka", "kafka-local");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // ProcessExit does not run in a killed test process: this shell waits for our end and then does what Dispose would have done.
    private void StartWatchdog()
    {
        const string script = """
            while kill -0 "$1" 2>/dev/null; do sleep 1; done
            [ -d "$2" ] || exit 0
            "$3" stop --data "$2" --signal KILL; rm -rf "$2"
            """;
        var start = new System.Diagnostics.ProcessStartInfo("/bin/bash")
        {
            ArgumentList =
            {
                "-c", "exec setsid bash -c \"$0\" watchdog \"$@\" >/dev/null 2>&1 </dev/null",
                script, Text(Environment.ProcessId), data!, kafkaLocal!,
            },
        };
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        watchdogProcess = process.Id;
    }

    private async Task<string> ProcessAsync(int n) =>
        embedded is not null ? Text(embedded.ProcessId)
            : data is not null ? (await File.ReadAllTextAsync(Path.Combine(data, Text(n), "pid"))).Trim()
            : throw new InvalidOperationException(GivenKafka);

    private Task<string> OwnAsync(string command, params string[] arguments) =>
        data is null
            ? throw new InvalidOperationException(GivenKafka)
            : Commands.RunAsync(kafkaLocal!, [command, "--data", data, .. arguments]);

    private void OnProcessExit(object? sender, EventArgs e) => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
