using System.Globalization;
using KafkaBridge.Changes;
using Microsoft.Extensions.Logging;

namespace KafkaBridge.Capture.Reading;

/// <summary>
/// Holds back what was committed by a clock that runs ahead of every other node's: its versions would win over all that
/// the others write until their clocks have come so far. Holding ends by itself when they have. The reader's task alone.
/// </summary>
sealed class ClockGuard(CaptureOptions options, CaptureProgress progress, ILogger logger)
{
    /// <summary>Returns when a transaction of that commit time may be published.</summary>
    public async ValueTask WaitAsync(long commitTime, CancellationToken ct)
    {
        while (Ahead(commitTime) is { } ahead)
        {
            var due = UnixTime.At(commitTime) - options.MaxSkew;
            Hold(string.Create(
                CultureInfo.InvariantCulture,
                $"A transaction was committed {ahead} and it and all after it wait. Set the clock of {options.Node}'s server right; they "
                + $"go out when the others' clocks show {due:yyyy-MM-dd HH:mm:ss} UTC"));
            await Task.Delay(Limits.ClockLook, ct);
        }

        Release();
    }

    /// <summary>Whether nothing may be promised by this reading of the server's clock.</summary>
    public bool Holds(long time)
    {
        if (Ahead(time) is not { } ahead)
        {
            Release();
            return false;
        }

        Hold($"The server's clock is {ahead} and what is committed now will wait. Set the clock of {options.Node}'s server right");
        return true;
    }

    string? Ahead(long time)
    {
        if (options.FurthestPeer() is not { } peer || time - peer.Microseconds <= options.MaxSkew.TotalMicroseconds)
        {
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(time - peer.Microseconds) / 1e6:0.0} s ahead of the clock of {peer.Node}, the furthest of the other nodes "
            + $"(max_skew is {options.MaxSkew.TotalSeconds:0.###} s),");
    }

    void Hold(string sentence)
    {
        if (progress.Held is null)
        {
            CaptureLog.Held(logger, options.Node, sentence);
        }

        progress.Held = sentence;
    }

    void Release()
    {
        if (progress.Held is not null)
        {
            progress.Held = null;
            CaptureLog.Released(logger, options.Node);
        }
    }
}
