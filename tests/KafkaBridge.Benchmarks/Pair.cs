using KafkaBridge.TestKit;

namespace KafkaBridge.Benchmarks;

/// <summary>Two servers and whatever carries rows from the first to the second.</summary>
abstract class Pair(PostgresServer source, PostgresServer target) : IAsyncDisposable
{
    public abstract string Name { get; }

    public PostgresServer Source { get; } = source;

    public PostgresServer Target { get; } = target;

    /// <summary>Brings everything up that one workload needs, in processes of its own where it is ours.</summary>
    public abstract Task StartAsync();

    /// <summary>The end of <see cref="StartAsync"/>: what runs costs the other pair's measurement nothing.</summary>
    public abstract Task StopAsync();

    public abstract Task StopApplyingAsync();

    public abstract Task StartApplyingAsync();

    /// <summary>Waits until all that the source has committed is where applying begins.</summary>
    public abstract Task PublishedAsync();

    /// <summary>Waits until nothing of what was written at either server is still to be read there.</summary>
    public abstract Task QuietAsync();

    /// <summary>Its processes of ours stand still till <see cref="ResumeAsync"/>: they cost another pair's measurement nothing.</summary>
    public virtual Task PauseAsync() => Task.CompletedTask;

    public virtual Task ResumeAsync() => Task.CompletedTask;

    public abstract Usage Usage();

    public abstract ValueTask DisposeAsync();

    /// <summary>Starts from clean buffers, so that no checkpoint falls into the measurement.</summary>
    public async Task CheckpointAsync()
    {
        await Source.ExecuteAsync(Setup.Database, "CHECKPOINT");
        await Target.ExecuteAsync(Setup.Database, "CHECKPOINT");
    }

    /// <summary>Processor time of the sessions that apply at the target.</summary>
    public async Task<double> ApplyingSecondsAsync()
    {
        var pids = await Target.TextAsync(
            Setup.Database,
            "SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%worker' "
            + "OR application_name LIKE 'kafkabridge/%'");
        return pids.Sum(pid => Benchmarks.Usage.CpuSeconds(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture)));
    }
}
