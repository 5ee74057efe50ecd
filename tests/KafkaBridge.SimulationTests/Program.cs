using System.Diagnostics;
using System.Globalization;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;

namespace KafkaBridge.SimulationTests;

/// <summary>The long runs: <c>deploy/campaign.sh simulate</c>, and with <c>dotnet run</c> the others of the usage line.</summary>
static class Program
{
    static readonly string[] Kinds = ["rows", "failover", "rewrites", "losses", "rules", "kinds", "function", "joins", "rule-joins"];

    const string Usage =
        "usage: simulate [FIRST SEED] [LAST SEED] [MUTANT] [KIND] | mutants [LAST SEED] | shrink KIND SEED [MUTANT]"
        + " | small KIND [CHANGES] [SEEDS] [KEYS] [--from PART] [--to PART, left out] [--rule NAME]; "
        + "KIND: rows (last_update_wins, unique values), failover (the same, standbys take over), rewrites (the same, of the table), "
        + "losses (last_update_wins; servers lose commit times), "
        + "rules (that need a row's history), kinds (the same, by kind of conflict), function (where a function decides), "
        + "joins (rows; nodes join, leave and are restored) or rule-joins (rules; the same)";

    static int Main(string[] args)
    {
        switch (args)
        {
            case ["simulate", .. var rest]:
                return Kinds.Where(kind => rest.Length < 4 || rest[3] == kind)
                    .Sum(kind => Simulate(kind, Number(rest, 0, 1), Number(rest, 1, 1_000_000), Broken(rest)));
            case ["mutants", .. var rest]:
                PrintMutants("rows", Mutants.OfRows, Number(rest, 0, 10_000));
                PrintMutants("failover", [Mutant.TailNotRead], Number(rest, 0, 10_000));
                PrintMutants("rewrites", Mutants.OfRewrites, Number(rest, 0, 10_000));
                PrintMutants("losses", Mutants.OfLosses, Number(rest, 0, 10_000));
                PrintMutants("rules", Mutants.OfFolds, Number(rest, 0, 10_000));
                PrintMutants("kinds", Mutants.OfKinds, Number(rest, 0, 10_000));
                PrintMutants("function", Mutants.OfFunctions, Number(rest, 0, 10_000));
                PrintMutants("joins", Mutants.OfJoins, Number(rest, 0, 10_000));
                PrintMutants("rule-joins", Mutants.OfFoldedJoins, Number(rest, 0, 10_000));
                return 0;
            case ["small", "rows", .. var rest]:
                return Small(rest, rules: null);
            case ["small", "rules", .. var rest]:
                return SmallHistories.Rules.Where(rules => Named(rest, rules)).Sum(rules => Small(rest, rules));
            case ["shrink", var kind, .. var rest]:
                Shrink(Drawn(kind, Number(rest, 0, 1)), rest.Length > 1 ? Enum.Parse<Mutant>(rest[1]) : Mutant.None);
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    static History Drawn(string kind, ulong seed) => kind switch
    {
        "rows" => HistoryGenerator.FromSeed(seed),
        "failover" => HistoryGenerator.WithFailover(seed),
        "rewrites" => HistoryGenerator.WithRewrites(seed),
        "losses" => HistoryGenerator.WithLosses(seed),
        "rules" => FoldedHistories.FromSeed(seed),
        "kinds" => FoldedHistories.WithKinds(seed),
        "function" => FoldedHistories.WithFunction(seed),
        "joins" => JoinedHistories.FromSeed(seed),
        "rule-joins" => JoinedHistories.WithRules(seed),
        _ => throw new ArgumentException(Usage),
    };

    static Mutant Broken(string[] rest) => rest.Length > 2 ? Enum.Parse<Mutant>(rest[2]) : Mutant.None;

    static int Simulate(string kind, ulong first, ulong last, Mutant mutant)
    {
        var watch = Stopwatch.StartNew();
        var (transactions, lifted, conflicts, diverged, time) = (0L, 0L, 0L, 0, TimeSpan.Zero);
        for (var seed = first; seed <= last; seed++)
        {
            var history = Drawn(kind, seed);
            var outcome = Simulation.Run(history, mutant);
            transactions += outcome.Transactions;
            lifted += outcome.Lifted;
            conflicts += outcome.Conflicts;
            time += history.Length;
            if (outcome.Failure is { } failure && ++diverged <= 5)
            {
                Console.WriteLine($"{kind}, seed {seed}: {failure}");
            }
        }

        Console.WriteLine(
            $"{kind}, seeds {first} to {last}: {transactions} transactions, {lifted} lifted, {conflicts} conflicts, {diverged} divergent, "
            + $"{time.TotalHours:F0} simulated hours, {watch.Elapsed.TotalSeconds:F0} s");
        return diverged == 0 ? 0 : 1;
    }

    /// <summary>All histories up to so many changes, then drawn ones of 6.</summary>
    static int Small(string[] args, FoldRules? rules)
    {
        var watch = Stopwatch.StartNew();
        string[] rest = [.. args.TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal))];
        var (depth, seeds) = ((int)Number(rest, 0, 5), Number(rest, 1, 1_000_000));
        var small = new SmallHistories(Mutant.None, rules, (int)Number(rest, 2, 2))
        {
            From = Option(args, "--from", 0),
            To = Option(args, "--to", int.MaxValue),
            PartDone = depth < 5 ? null : small => Console.WriteLine(
                $"{small} part {small.Parts - 1} done: {small.Count} histories, {small.States} states, {watch.Elapsed.TotalSeconds:F0} s"),
        };
        small.RunAll(depth);
        Console.WriteLine(
            $"{small}, up to {depth} changes, parts {small.From} to {Math.Min(small.To, small.Parts) - 1} of "
            + $"{small.Parts}: {small.Count} histories, {small.States} states, {small.Failure ?? "0 divergent"}, "
            + $"{watch.Elapsed.TotalSeconds:F0} s");
        watch.Restart();
        small.RunRandom(6, 1, seeds);
        Console.WriteLine($"6 changes, {seeds} seeds: {small.Failure ?? "0 divergent"}, {watch.Elapsed.TotalSeconds:F0} s");
        return small.Failure is null ? 0 : 1;
    }

    static bool Named(string[] args, FoldRules rules) =>
        Array.IndexOf(args, "--rule") is var at && (at < 0 || args.ElementAtOrDefault(at + 1) == Name(rules));

    /// <summary>The rule for rows, or for columns if there is one.</summary>
    static string Name(FoldRules rules) => rules.Columns[0] == ColumnRule.WithRow ? rules.Rule.Name() : rules.Columns[0].Name();

    static int Option(string[] args, string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length
        ? int.Parse(args[at + 1], CultureInfo.InvariantCulture)
        : otherwise;

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

    /// <summary>Each with the first seed that shows it.</summary>
    static void PrintMutants(string kind, IEnumerable<Mutant> mutants, ulong last)
    {
        foreach (var mutant in mutants)
        {
            ulong seed = 1;
            while (seed <= last && Simulation.Run(Drawn(kind, seed), mutant).Failure is null)
            {
                seed++;
            }

            Console.WriteLine($"{kind}: {mutant} {(seed <= last ? seed.ToString(CultureInfo.InvariantCulture) : "not found")}");
        }
    }

    static ulong Number(string[] rest, int at, ulong otherwise) =>
        rest.Length > at ? ulong.Parse(rest[at], CultureInfo.InvariantCulture) : otherwise;
}
