using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>PostgreSQL's own logical replication between two stock servers.</summary>
sealed class NativePair : Pair
{
    const string Subscription = "bench";

    NativePair(PostgresServer source, PostgresServer target)
        : base(source, target)
    {
    }

    public override string Name => "native";

    public static async Task<NativePair> CreateAsync(int version, bool streamingOff)
    {
        var servers = new PostgresServer[2];
        for (var i = 0; i < servers.Length; i++)
        {
            servers[i] = await PostgresServer.StartAsync(version, [.. Setup.Settings]);
            await servers[i].CreateDatabaseAsync(Setup.Database);
            await servers[i].ExecuteAsync(Setup.Database, Setup.Tables);
            await Setup.FillAsync(servers[i]);
        }

        var pair = new NativePair(servers[0], servers[1]);
        await pair.Source.ExecuteAsync(Setup.Database, "CREATE PUBLICATION bench FOR TABLES IN SCHEMA public");
        await pair.Target.ExecuteAsync(
            Setup.Database,
            $"CREATE SUBSCRIPTION {Subscription} CONNECTION 'host=127.0.0.1 port={pair.Source.Port} user=postgres dbname={Setup.Database}' "
            + $"PUBLICATION bench WITH (copy_data = false, enabled = false{(streamingOff ? ", streaming = off" : "")})");
        return pair;
    }

    public override Task StartAsync() => StartApplyingAsync();

    public override Task StopAsync() => StopApplyingAsync();

    public override async Task StopApplyingAsync()
    {
        await Target.ExecuteAsync(Setup.Database, $"ALTER SUBSCRIPTION {Subscription} DISABLE");
        await Eventually.TrueAsync(
            () => Source.ScalarAsync<bool>(Setup.Database, "SELECT NOT bool_or(active) FROM pg_replication_slots"),
            "the subscription ended");
    }

    public override Task StartApplyingAsync() => Target.ExecuteAsync(Setup.Database, $"ALTER SUBSCRIPTION {Subscription} ENABLE");

    public override Task PublishedAsync() => Task.CompletedTask;

    public override Task QuietAsync() => Task.CompletedTask;

    public override Usage Usage() => Benchmarks.Usage.None;

    public override async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        await Source.DisposeAsync();
    }
}
