using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.Rows;

/// <summary>Why one version is above another, in words.</summary>
internal static class VersionWords
{
    const long TickMs = Tick.Microseconds / 1000;

    public static string WhyAbove(RowVersion winner, RowVersion loser) => winner.Tick == loser.Tick
        ? string.Create(CultureInfo.InvariantCulture, $"both are of one tick of {TickMs} ms, and then the higher node number decides")
        : string.Create(CultureInfo.InvariantCulture, $"its version is {(winner.Tick - loser.Tick) * TickMs} ms later");
}
