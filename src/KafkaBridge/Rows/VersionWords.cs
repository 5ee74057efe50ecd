using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.Rows;

/// <summary>Why one version is above another, in words.</summary>
internal static class VersionWords
{
    public static string WhyAbove(RowVersion winner, RowVersion loser) => winner.Tick == loser.Tick
        ? "both have the same millisecond, and then the higher node number decides"
        : string.Create(CultureInfo.InvariantCulture, $"its version is {winner.Tick - loser.Tick} ms later");
}
