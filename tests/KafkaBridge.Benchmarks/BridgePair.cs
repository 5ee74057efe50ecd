using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>Two nodes with a bridge process each, over a real Kafka.</summary>
sealed class BridgePair : Pair
{
    readonly BridgeCluster cluster;
    readonly BridgeProcess?[] bridges = new BridgeProcess?[2];

    BridgePair(BridgeCluster cluster)
        : base(cluster.Servers[0], cluster.Servers[1]) =>
        this.cluster = cluster;

    public override string Name => "bridge";

    public BridgeCluster Cluster => cluster;

    public static async Task<BridgePair> CreateAsync(string bootstrapServers, int version, int idleTables) =>
        new(await Setup.ClusterAsync(bootstrapServers, version, nodes: 2, idleTables));

    public override async Task StartAsync()
    {
        StartCapture();
        await StartApplyingAsync();
        await cluster.WaitCaughtUpAsync(300);
    }

    public void StartCapture() => bridges[0] = cluster.Run(0);

    public override async Task StopAsync()
    {
        await ResumeAsync();
        await EndAsync(0);
        await EndAsync(1);
    }

    public override Task StopApplyingAsync() => EndAsync(1);

    public override Task StartApplyingAsync()
    {
        bridges[1] = cluster.Run(1);
        return Task.CompletedTask;
    }

    /// <summary>A slot is confirmed only behind what Kafka has acknowledged.</summary>
    public override Task PublishedAsync() => ConfirmedAsync(Source);

    public override async Task QuietAsync()
    {
        await ConfirmedAsync(Source);
        await ConfirmedAsync(Target);
    }

    public override Task PauseAsync() => SignalAsync("STOP");

    public override Task ResumeAsync() => SignalAsync("CONT");

    public override Usage Usage() => new(Cpu(0), Cpu(1), Peak(0), Peak(1));

    /// <summary>Resident memory of the two bridges together, in MiB.</summary>
    public double Resident() => bridges.Sum(bridge => bridge is null ? 0 : ProcessMemory.ResidentMebibytes(bridge.Id));

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        await cluster.DisposeAsync();
    }

    /// <summary>Waits until the node has published, and the server may forget, all that is in its WAL now.</summary>
    public static async Task ConfirmedAsync(PostgresServer server)
    {
        var end = await server.ScalarAsync<string>(Setup.Database, "SELECT pg_current_wal_lsn()::text");
        await Eventually.TrueAsync(
            () => server.ScalarAsync<bool>(
                Setup.Database,
                $"SELECT bool_and(confirmed_flush_lsn >= '{end}') FROM pg_replication_slots WHERE slot_name LIKE 'kafkabridge%'"),
            "the server's slot confirmed",
            TimeSpan.FromMinutes(10));
    }

    async Task SignalAsync(string signal)
    {
        foreach (var bridge in bridges.OfType<BridgeProcess>())
        {
            await Commands.RunAsync("kill", "-" + signal, bridge.Id.ToString(CultureInfo.InvariantCulture));
        }
    }

    double Cpu(int node) => bridges[node] is { } bridge ? Benchmarks.Usage.CpuSeconds(bridge.Id) : 0;

    double Peak(int node) => bridges[node] is { } bridge ? ProcessMemory.PeakMebibytes(bridge.Id) : 0;

    async Task EndAsync(int node)
    {
        if (bridges[node] is { } bridge)
        {
            await bridge.StopAsync();
            await bridge.DisposeAsync();
            bridges[node] = null;
        }
    }
}
