// The whole system against PostgreSQL's own logical replication, back to back:
// deploy/bench.sh [W1 W3A …] [--runs 1] [--version 15] [--seconds 60] [--only-bridge 1] [--streaming-off 1] [--idle-tables 0]
// deploy/bench.sh brokers [--runs 3] [--records 2000000]: Apache Kafka and the embedded broker, without PostgreSQL
// deploy/bench.sh micro [a class's or method's name, as BenchmarkDotNet's filter]: codec, framer, resolver in this process
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KafkaBridge.Benchmarks;
using KafkaBridge.TestKit;

string[] all =
[
    "W1", "W2", "W2-warm", "W3A", "W3B", "W3C", "W3A-warm", "W3B-warm", "W3C-warm",
    "W3D", "W4", "W5", "W6", "W7", "W8", "W9", "W10", "W11",
];
string[] onlyBridge = ["W2-long", "W7", "W9"];
try
{
    if (args is ["brokers", ..])
    {
        await BrokerBench.RunAsync(Option("--runs", 3), Option("--records", 2_000_000), Console.Out);
        return 0;
    }

    if (args is ["micro", ..])
    {
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        BenchmarkSwitcher.FromAssembly(typeof(Report).Assembly).Run(
            ["--filter", args.Length > 1 ? args[1] : "*"], DefaultConfig.Instance.AddJob(job));
        return 0;
    }

    var (runs, version, seconds) = (Option("--runs", 1), Option("--version", 15), Option("--seconds", 60));
    var (alone, streamingOff) = (Option("--only-bridge", 0) != 0, Option("--streaming-off", 0) != 0);
    var chosen = args.Where(name => all.Contains(name) || onlyBridge.Contains(name)).ToArray();
    var kafka = await TestKafka.SharedAsync();
    await using var bridge = await BridgePair.CreateAsync(kafka.BootstrapServers, version, Option("--idle-tables", 0));
    await using var native = alone ? null : await NativePair.CreateAsync(version, streamingOff);
    var report = new Report(version, kafka.IsEmbedded ? "embedded" : "kafka", streamingOff ? "off" : "default");
    await Backlog.A.RunAsync(bridge); // a Kafka that was just started takes half a core to compile itself
    for (var run = 0; run < runs; run++)
    {
        foreach (var workload in chosen.Length == 0 ? all : chosen)
        {
            if (InClusterOfItsOwn(workload, kafka.BootstrapServers, version, seconds) is { } own)
            {
                report.Add(bridge.Name, await own);
                report.Add("native", workload == "W5" && !alone ? await InitialFill.NativeAsync(version) : []);
                continue;
            }

            Pair[] pairs = onlyBridge.Contains(workload) || native is null ? [bridge] : [bridge, native];
            if (Warm.Of(workload, seconds) is { } warm)
            {
                await (run == 0 ? warm.RunAsync(pairs, runs, report) : Task.CompletedTask);
                continue;
            }

            foreach (var pair in pairs)
            {
                report.Add(pair.Name, await RunAsync(workload, pair, seconds));
            }
        }
    }

    report.Print(Console.Out);
    return 0;
}
catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or TimeoutException)
{
    Console.Error.WriteLine(failure.Message);
    return failure is ArgumentException ? 2 : 1;
}

static Task<IReadOnlyList<Figure>> RunAsync(string workload, Pair pair, int seconds) => workload switch
{
    "W1" => Latency.RunAsync(pair, Math.Min(seconds, 20)),
    "W2" => Throughput.RunAsync(pair, seconds),
    "W2-long" => LongRun.RunAsync((BridgePair)pair, seconds),
    "W3A" => Backlog.A.RunAsync(pair),
    "W3B" => Backlog.B.RunAsync(pair),
    "W3C" => Backlog.C.RunAsync(pair),
    "W3D" => Backlog.D(seconds).RunAsync(pair),
    "W4" => LargeTransaction.RunAsync(pair),
    "W6" => PeerDown.RunAsync(pair, Math.Min(seconds, 20)),
    "W9" => FewConflicts.RunAsync((BridgePair)pair),
    _ => CaptureAlone.RunAsync((BridgePair)pair),
};

static Task<IReadOnlyList<Figure>>? InClusterOfItsOwn(string workload, string servers, int version, int seconds) => workload switch
{
    "W5" => InitialFill.BridgeAsync(servers, version),
    "W8" => AllWriting.RunAsync(servers, version, seconds),
    "W10" => NodeCost.RunAsync(servers, version, seconds),
    "W11" => SeveralOrigins.RunAsync(servers, version),
    _ => null,
};

int Option(string name, int fallback)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? fallback
        : at + 1 < args.Length && int.TryParse(args[at + 1], out var value) ? value
        : throw new ArgumentException($"{name} needs a number");
}
