using System.Diagnostics;
using System.Globalization;
using KafkaBridge.SimulationTests.Model;

namespace KafkaBridge.SimulationTests;

/// <summary>The long runs: <c>deploy/campaign.sh simulate</c>, and with <c>dotnet run</c> the others of the usage line.</summary>
static class Program
{
    static int Main(string[] args)
    {
        switch (args)
        {
            case ["simulate", .. var rest]:
                var mutant = rest.Length > 2 ? Enum.Parse<Mutant>(rest[2]) : Mutant.None;
                return Simulate(Number(rest, 0, 1), Number(rest, 1, 1_000_000), mutant);
            case ["mutants", .. var rest]:
                foreach (var broken in Enum.GetValues<Mutant>().Where(broken => broken != Mutant.None))
                {
                    var seed = FirstSeed(broken, Number(rest, 0, 10_000));
                    Console.WriteLine($"{broken} {seed?.ToString(CultureInfo.InvariantCulture) ?? "not found"}");
                }

                return 0;
            case ["small", .. var rest]:
                return Small(rest);
            case ["rules", .. var rest]:
                return Rules(Number(rest, 0, 1), Number(rest, 1, 1_000_000));
            case ["shrink", .. var rest]:
                Shrink(HistoryGenerator.FromSeed(Number(rest, 0, 1)), rest.Length > 1 ? Enum.Parse<Mutant>(rest[1]) : Mutant.None);
                return 0;
            default:
                Console.Error.WriteLine(
                    "usage: simulate [FIRST SEED] [LAST SEED] [MUTANT] | mutants [LAST SEED] | shrink SEED [MUTANT]"
                    + " | small [CHANGES] | rules [FIRST SEED] [LAST SEED]");
                return 2;
        }
    }

    static int Simulate(ulong first, ulong last, Mutant mutant)
    {
        var watch = Stopwatch.StartNew();
        var (transactions, lifted, hidden, diverged) = (0L, 0L, 0L, 0);
        for (var seed = first; seed <= last; seed++)
        {
            var outcome = Simulation.Run(HistoryGenerator.FromSeed(seed), mutant);
            transactions += outcome.Transactions;
            lifted += outcome.Lifted;
            hidden += outcome.Hidden;
            if (outcome.Failure is { } failure && ++diverged <= 5)
            {
                Console.WriteLine($"seed {seed}: {failure}");
            }
        }

        Console.WriteLine(
            $"seeds {first} to {last}: {transactions} transactions, {lifted} lifted, {hidden} rows hidden at an end, "
            + $"{diverged} divergent, {watch.Elapsed.TotalSeconds:F0} s");
        return diverged == 0 ? 0 : 1;
    }

    static int Small(string[] rest)
    {
        var (watch, small) = (Stopwatch.StartNew(), new SmallHistories());
        small.RunAll((int)Number(rest, 0, 5));
        Console.WriteLine(
            $"up to {Number(rest, 0, 5)} changes: {small.Count} histories, "
            + $"{small.Failure ?? "0 divergent"}, {watch.Elapsed.TotalSeconds:F0} s");
        watch.Restart();
        small.RunRandom(6, 1, Number(rest, 1, 1_000_000));
        Console.WriteLine(
            $"6 changes, {Number(rest, 1, 1_000_000)} seeds: {small.Failure ?? "0 divergent"}, {watch.Elapsed.TotalSeconds:F0} s");
        return small.Failure is null ? 0 : 1;
    }

    static int Rules(ulong first, ulong last)
    {
        var watch = Stopwatch.StartNew();
        var (writes, concurrent, diverged) = (0L, 0L, 0);
        for (var seed = first; seed <= last; seed++)
        {
            var outcome = FoldSimulation.Run(seed);
            writes += outcome.Writes;
            concurrent += outcome.Concurrent;
            if (outcome.Failure is { } failure && ++diverged <= 5)
            {
                Console.WriteLine($"seed {seed}: {failure}");
            }
        }

        Console.WriteLine(
            $"seeds {first} to {last}: {writes} writes, {concurrent} concurrent, {diverged} divergent, {watch.Elapsed.TotalSeconds:F0} s");
        foreach (var broken in Enum.GetValues<FoldMutant>().Where(broken => broken != FoldMutant.None))
        {
            var seed = Enumerable.Range(1, 10_000).FirstOrDefault(seed => FoldSimulation.Run((ulong)seed, broken).Failure is not null);
            Console.WriteLine($"{broken} {(seed == 0 ? "not found" : seed)}");
        }

        return diverged == 0 ? 0 : 1;
    }

    /// <summary>Leaves out events as long as the nodes still diverge, and prints what is left.</summary>
    static void Shrink(History history, Mutant mutant)
    {
        for (var index = history.Events.Count - 1; index >= 0; index--)
        {
            var shorter = history with { Events = [.. history.Events.Where((_, at) => at != index)] };
            if (Simulation.Run(shorter, mutant).Failure is not null)
            {
                history = shorter;
                index = history.Events.Count;
            }
        }

        Console.WriteLine($"clocks {string.Join(", ", history.ClockStart)}, {history.Keys} keys, slack {history.Slack}");
        Console.WriteLine(string.Join('\n', history.Events));
        Console.WriteLine(Simulation.Run(history, mutant).Failure ?? "converges");
    }

    static ulong? FirstSeed(Mutant mutant, ulong last)
    {
        for (ulong seed = 1; seed <= last; seed++)
        {
            if (Simulation.Run(HistoryGenerator.FromSeed(seed), mutant).Failure is not null)
            {
                return seed;
            }
        }

        return null;
    }

    static ulong Number(string[] rest, int at, ulong otherwise) =>
        rest.Length > at ? ulong.Parse(rest[at], CultureInfo.InvariantCulture) : otherwise;
}
