using KafkaBridge.SimulationTests.Model;

namespace KafkaBridge.SimulationTests;

/// <summary>A history made by hand, and the faults that it finds.</summary>
static class DirectedHistory
{
    /// <summary>It converges, and with each of the faults it does not.</summary>
    public static void Require((History History, Mutant[] Broken) directed)
    {
        Assert.Null(Simulation.Run(directed.History).Failure);
        Assert.All(directed.Broken, mutant => Assert.NotNull(Simulation.Run(directed.History, mutant).Failure));
    }
}
