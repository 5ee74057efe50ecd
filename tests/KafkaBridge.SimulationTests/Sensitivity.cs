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
    public void A_broken_rule_is_found(string name) =>
        BrokenRule.RequireFound(name, Seeds, HistoryGenerator.FromSeed, DirectedHistories.All.Values, output);
}
