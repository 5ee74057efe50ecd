using System.Globalization;
using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

/// <summary>The suite would notice: each rule left out is found within the suite's own number of histories, or by a directed one.</summary>
public sealed class Sensitivity(ITestOutputHelper output)
{
    const ulong Seeds = 10_000;

    public static TheoryData<string> Broken => [.. Mutants.OfRows.Select(mutant => mutant.ToString())];

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_is_found(string name)
    {
        var mutant = Enum.Parse<Mutant>(name);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            if (Simulation.Run(HistoryGenerator.FromSeed(seed), mutant).Failure is { } failure)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: seed {seed}: {failure}"));
                return;
            }
        }

        Assert.True(
            DirectedHistories.All.Values.Any(directed => directed.Broken.Contains(mutant)),
            $"{name} went unnoticed in {Seeds} histories");
    }
}
