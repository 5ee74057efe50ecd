using System.Threading.Channels;

namespace KafkaBridge.Capture;

/// <summary>Says that something changed. Many may set it, one waits; setting it twice before the wait is once.</summary>
sealed class Signal
{
    readonly Channel<bool> channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Set() => channel.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken ct) => await channel.Reader.ReadAsync(ct);
}
