using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

public sealed class RandomHistories(ITestOutputHelper output)
{
    const int Histories = 10_000;

    [Fact]
    public void Ten_thousand_histories_end_alike_on_every_node_and_as_the_oracle_says()
    {
        var (transactions, lifted, conflicts, stored) = (0, 0, 0, 0);
        for (ulong seed = 1; seed <= Count(); seed++)
        {
            var outcome = Simulation.Run(HistoryGenerator.FromSeed(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
            transactions += outcome.Transactions;
            lifted += outcome.Lifted;
            conflicts += outcome.Conflicts;
            stored += outcome.Collected;
        }

        output.WriteLine(
            $"{Count()} histories, {transactions} transactions, {lifted} lifted, {conflicts} conflicts, {stored} tombstones and "
            + $"overrides collected at the end");
        Assert.True(lifted > transactions / 20 && conflicts > transactions / 50 && stored > Histories);
    }

    [Fact]
    public void Ten_thousand_histories_in_which_standbys_take_over_end_alike()
    {
        for (ulong seed = 1; seed <= Count(); seed++)
        {
            var outcome = Simulation.Run(HistoryGenerator.WithFailover(seed));
            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}");
        }
    }

    /// <summary>Once, what was read back was not flushed, or what stood before the fork was taken for lost.</summary>
    [Theory]
    [InlineData(56_964)]
    [InlineData(71_923)]
    [InlineData(76_879)]
    [InlineData(93_095)]
    [InlineData(117_848)]
    public void A_seed_of_standbys_that_once_failed_holds(ulong seed) =>
        Assert.Null(Simulation.Run(HistoryGenerator.WithFailover(seed)).Failure);

    [Fact]
    public void A_seed_gives_the_same_run_bit_for_bit()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            Assert.Equal(Simulation.Run(HistoryGenerator.FromSeed(seed)), Simulation.Run(HistoryGenerator.FromSeed(seed)));
        }
    }

    /// <summary>More than the suite's count, by the variable KAFKABRIDGE_HISTORIES.</summary>
    static ulong Count() =>
        ulong.TryParse(Environment.GetEnvironmentVariable("KAFKABRIDGE_HISTORIES"), out var count) ? count : Histories;
}
