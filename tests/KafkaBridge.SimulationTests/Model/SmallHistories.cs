using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// All histories of a few changes: {insert or update of 2 keys to 2 unique values, delete of 2 keys} × 3 writers × 2 times ×
/// how many of each other writer's changes the writer had applied before; each with every order in which the changes can come to each
/// node, its own self-applied ones included (<see cref="SmallWalk"/>). Changes without effect are left out with all that follows, one
/// is taken of those that differ only in the names of the values or of the keys, and one of the orders in which changes that do not
/// know one another can be written down. For rules that need a row's history: without unique values, every change writes another
/// or what was there before.
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
    const int PartDepth = 2;
    const long Start = 100_000;

    readonly LocalStatement[] statements =
    [
        .. from key in Enumerable.Range(0, keys)
           from value in rules is null ? new[] { 1, 2 } : [0]
           select new LocalStatement(LocalKind.Upsert, key, Claims: new Claims(value, 0)),
        .. from key in Enumerable.Range(0, keys) select new LocalStatement(LocalKind.Delete, key),
    ];

    public long Count { get; private set; }

    /// <summary>How many states of a node were compared with the oracle.</summary>
    public long States { get; private set; }

    /// <summary>Histories that begin with the same two changes are a part; those from this one on are run.</summary>
    public int From { get; init; }

    public int To { get; init; } = int.MaxValue;

    public int Parts { get; private set; }

    public Action<SmallHistories>? PartDone { get; init; }

    /// <summary>The first history on which the nodes differ.</summary>
    public string? Failure { get; private set; }

    public override string ToString() => rules?.ToString() ?? "unique values";

    public void RunAll(int depth)
    {
        var walk = new SmallWalk(depth, keys, rules, mutant);
        Extend(walk, depth, [], [new int[Nodes], new int[Nodes], new int[Nodes]], 0, 0);
    }

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

    /// <param name="left">How many changes may still be added.</param>
    /// <param name="order">The writers of the changes so far.</param>
    /// <param name="applied">What each writer had applied of each when it wrote last.</param>
    void Extend(SmallWalk walk, int left, List<int> order, int[][] applied, int keysNamed, int valuesNamed)
    {
        if (left == 0)
        {
            return;
        }

        for (var writer = 0; writer < Nodes; writer++)
        {
            foreach (var known in Knowledges(walk, writer, applied[writer]).Where(known => IsFirstOrder(order, writer, known)))
            {
                int[][] appliedThen = [.. applied[..writer], known, .. applied[(writer + 1)..]];
                foreach (var (statement, back, time) in Choices())
                {
                    if (statement.Key > keysNamed || statement.Claims.First > valuesNamed + 1)
                    {
                        continue;
                    }

                    var (keysThen, valuesThen) = (Math.Max(keysNamed, statement.Key + 1), Math.Max(valuesNamed, statement.Claims.First));
                    foreach (var change in walk.Commits(writer, statement, time, known, back))
                    {
                        Visit(walk, change, left, order, appliedThen, keysThen, valuesThen);
                    }
                }
            }
        }
    }

    void Visit(SmallWalk walk, SmallWalk.Possible change, int left, List<int> order, int[][] applied, int keysNamed, int valuesNamed)
    {
        var isPart = order.Count + 1 == PartDepth;
        if (Failure is not null || (isPart && !(From <= Parts && Parts < To)))
        {
            Parts += isPart ? 1 : 0;
            return;
        }

        walk.Push(change);
        order.Add(change.Writer);
        Count += isPart || order.Count > PartDepth || From == 0 ? 1 : 0;
        (Failure, States) = (Failure ?? walk.Failure, walk.States);
        Extend(walk, left - 1, order, applied, keysNamed, valuesNamed);
        order.RemoveAt(order.Count - 1);
        walk.Pop(change);
        if (isPart)
        {
            Parts++;
            PartDone?.Invoke(this);
        }
    }

    /// <summary>Where every write shows for itself it may also put back what was there.</summary>
    IEnumerable<(LocalStatement Statement, bool Back, int Time)> Choices() =>
        from back in new[] { false, true }
        from statement in statements
        where !back || (rules is not null && statement.Kind == LocalKind.Upsert)
        from time in new[] { 0, 1 }
        select (statement, back, time);

    /// <summary>What the writer may have applied of the others: no less than before.</summary>
    static IEnumerable<int[]> Knowledges(SmallWalk walk, int writer, int[] before)
    {
        var (one, other) = ((writer + 1) % Nodes, (writer + 2) % Nodes);
        for (var ofOne = before[one]; ofOne <= walk.Written(one); ofOne++)
        {
            for (var ofOther = before[other]; ofOther <= walk.Written(other); ofOther++)
            {
                var known = new int[Nodes];
                (known[one], known[other]) = (ofOne, ofOther);
                yield return known;
            }
        }
    }

    /// <summary>
    /// Of the orders in which changes can be written down that do not know one another, one is taken: at each place the change of
    /// the least writer that can stand there. So none may stand after a greater writer's from which nothing holds it.
    /// </summary>
    static bool IsFirstOrder(List<int> order, int writer, int[] known)
    {
        var (counts, free) = (new int[Nodes], true);
        foreach (var by in order)
        {
            var holds = by == writer || ++counts[by] == known[by];
            free = holds || (free && by < writer);
        }

        return free;
    }

    void Check(History history)
    {
        var outcome = Simulation.Run(history, mutant);
        Failure ??= outcome.Failure is null ? null : $"{string.Join(" | ", history.Events)}: {outcome.Failure}";
    }
}
