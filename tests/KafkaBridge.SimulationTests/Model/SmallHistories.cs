using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// All histories of a few changes: {insert or update of 2 keys to 2 unique values, delete of 2 keys} × 3 writers × 2 times ×
/// which of the other writers' changes the writer had applied before. Changes without effect are left out with all that
/// follows, and one of each pair that differ only in the names of the values or of the keys. For rules that need a row's
/// history: without unique values, every change writes another; and the writer may have applied its own before, or not yet.
/// </summary>
/// <param name="keys">1 or 2; where no unique values tie them keys have nothing to do with one another but what a writer knew.</param>
sealed class SmallHistories(Mutant mutant = Mutant.None, FoldRules? rules = null, int keys = 2)
{
    /// <summary>Every rule for rows and for columns: one column each.</summary>
    public static IEnumerable<FoldRules> Rules =>
    [
        .. Enum.GetValues<ConflictRule>().Where(rule => rule != ConflictRule.Error)
            .Select(rule => new FoldRules(rule, [ColumnRule.WithRow])),
        .. Enum.GetValues<ColumnRule>().Where(rule => rule != ColumnRule.WithRow)
            .Select(rule => new FoldRules(ConflictRule.LastUpdateWins, [rule])),
    ];

    const int Nodes = 3;
    const int Everything = 100;
    const long Start = 100_000;

    readonly LocalStatement[] statements =
    [
        .. from key in Enumerable.Range(0, keys)
           from value in rules is null ? new[] { 1, 2 } : [0]
           select new LocalStatement(LocalKind.Upsert, key, Claims: new Claims(value, 0)),
        .. from key in Enumerable.Range(0, keys) select new LocalStatement(LocalKind.Delete, key),
    ];

    public long Count { get; private set; }

    /// <summary>The first history on which the nodes differ.</summary>
    public string? Failure { get; private set; }

    public void RunAll(int depth) =>
        Extend(new History(new long[Nodes], keys, Slack: 0, []) { Folds = rules }, depth, new int[Nodes], new int[Nodes * Nodes], 0, 0);

    /// <summary>Drawn, with any order of delivery between the changes and after them.</summary>
    public void RunRandom(int changes, ulong first, ulong last)
    {
        for (var seed = first; seed <= last && Failure is null; seed++)
        {
            var random = new SplitMix(seed);
            var events = new List<SimulatedEvent>();
            for (var change = 0; change < changes; change++)
            {
                var writer = random.Below(Nodes);
                Sync(events, random, writer, random.Below(4));
                Append(events, writer, random.Below(2), statements[random.Below(statements.Length)]);
            }

            for (var node = 0; node < Nodes; node++)
            {
                Sync(events, random, node, 6);
            }

            Check(new History([Start, Start, Start], keys, Slack: 0, events) { Folds = rules });
        }
    }

    static void Sync(List<SimulatedEvent> events, SplitMix random, int node, int times)
    {
        for (; times > 0; times--)
        {
            var origin = random.Below(Nodes);
            events.Add(new(EventKind.Capture, origin, Amount: Everything));
            events.Add(new(EventKind.Deliver, node, origin, random.Between(1, 3)));
        }
    }

    static void Append(List<SimulatedEvent> events, int writer, int time, LocalStatement statement)
    {
        var clock = Start + events.Where(e => e.Kind == EventKind.ClockSteps && e.Node == writer).Sum(e => e.Amount);
        var step = Start + (time * 1000) - clock;
        if (step != 0)
        {
            events.Add(new(EventKind.ClockSteps, writer, Amount: (int)step));
        }

        events.Add(new(EventKind.Commit, writer, Statements: [statement]));
    }

    /// <param name="written">How many changes each writer has made.</param>
    /// <param name="applied">How many of them each node has applied.</param>
    void Extend(History history, int left, int[] written, int[] applied, int keysNamed, int valuesNamed)
    {
        for (var choice = 0; choice < statements.Length * Nodes * 2 * (1 << Nodes) && left > 0 && Failure is null; choice++)
        {
            var (statement, rest) = (statements[choice % statements.Length], choice / statements.Length);
            var (writer, time, known) = (rest % Nodes, rest / Nodes % 2, rest / Nodes / 2);
            var newOnes = Enumerable.Range(0, Nodes).Where(origin => ((known >> origin) & 1) != 0).ToArray();
            if (statement.Key > keysNamed || statement.Claims.First > valuesNamed + 1
                || newOnes.Any(origin => (origin == writer && rules is null) || written[origin] == applied[(writer * Nodes) + origin]))
            {
                continue;
            }

            var events = history.Events.ToList();
            int[] nowWritten = [.. written], nowApplied = [.. applied];
            foreach (var origin in newOnes)
            {
                events.Add(new(EventKind.Capture, origin, Amount: Everything));
                events.Add(new(EventKind.Deliver, writer, origin, Everything));
                nowApplied[(writer * Nodes) + origin] = written[origin];
            }

            Append(events, writer, time, statement);
            nowWritten[writer]++;
            var longer = history with { ClockStart = [Start, Start, Start], Events = events };
            if (Check(longer) == nowWritten.Sum())
            {
                Count++;
                Extend(
                    longer, left - 1, nowWritten, nowApplied,
                    Math.Max(keysNamed, statement.Key + 1), Math.Max(valuesNamed, statement.Claims.First));
            }
        }
    }

    /// <returns>How many changes had an effect.</returns>
    int Check(History history)
    {
        var outcome = Simulation.Run(history, mutant);
        Failure ??= outcome.Failure is null ? null : $"{string.Join(" | ", history.Events)}: {outcome.Failure}";
        return outcome.Transactions;
    }
}
