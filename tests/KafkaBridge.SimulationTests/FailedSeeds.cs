using System.Globalization;
using KafkaBridge.SimulationTests.Model;

namespace KafkaBridge.SimulationTests;

/// <summary>
/// Seeds that once failed (failed-seeds.txt; each line a seed and why), or that alone find a broken rule: never lost
/// again.
/// </summary>
public sealed class FailedSeeds
{
    public static TheoryData<ulong> Seeds =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "failed-seeds.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => ulong.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)),
    ];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_seed_that_once_failed_holds(ulong seed) => Assert.Null(Simulation.Run(HistoryGenerator.FromSeed(seed)).Failure);
}
