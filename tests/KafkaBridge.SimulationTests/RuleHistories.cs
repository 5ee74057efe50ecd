using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

/// <summary>Rules that fold a row's writes in the order of their stamps, with every rule for columns; a million: <c>-- rules</c>.</summary>
public sealed class RuleHistories(ITestOutputHelper output)
{
    const ulong Seeds = 10_000;

    public static TheoryData<string> Mutants => [.. Enum.GetNames<FoldMutant>().Where(name => name != nameof(FoldMutant.None))];

    [Fact]
    public void Ten_thousand_histories_end_alike_and_counters_are_exact()
    {
        var (writes, concurrent) = (0, 0);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var outcome = FoldSimulation.Run(seed);
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
            writes += outcome.Writes;
            concurrent += outcome.Concurrent;
        }

        output.WriteLine($"{Seeds} histories, {writes} writes, {concurrent} concurrent with an earlier one of their key");
        Assert.True(concurrent > writes / 10);
        Assert.Equal(FoldSimulation.Run(1), FoldSimulation.Run(1));
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_broken_rule_is_found(string name)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            if (FoldSimulation.Run(seed, Enum.Parse<FoldMutant>(name)).Failure is { } failure)
            {
                output.WriteLine($"{name}: seed {seed}: {failure}");
                return;
            }
        }

        Assert.Fail($"{name} went unnoticed in {Seeds} histories");
    }
}
