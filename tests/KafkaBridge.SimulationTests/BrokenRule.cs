using System.Globalization;
using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

/// <summary>A suite would notice a rule left out.</summary>
static class BrokenRule
{
    /// <summary>One of the suite's drawn histories finds it, else one made by hand.</summary>
    public static void RequireFound(
        string name, ulong seeds, Func<ulong, History> drawn, IEnumerable<(History History, Mutant[] Broken)> directed,
        ITestOutputHelper output)
    {
        var mutant = Enum.Parse<Mutant>(name);
        for (ulong seed = 1; seed <= seeds; seed++)
        {
            if (Simulation.Run(drawn(seed), mutant).Failure is { } failure)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: seed {seed}: {failure}"));
                return;
            }
        }

        Assert.True(directed.Any(one => one.Broken.Contains(mutant)), $"{name} went unnoticed in {seeds} histories");
    }
}
