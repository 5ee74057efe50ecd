using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// A history of a few changes to which one is added and taken back again, with every state that every node can be in: for each
/// order in which the changes can come, its own self-applied ones included. What came makes a lattice of places, one step a
/// transaction; a node's states at a place are made from those one step before, and equal ones are one. At each place where no
/// own transaction is on its way the node must have what the oracle has of the transactions that came, and where all came nothing
/// may be left stored once every node has promised.
/// </summary>
sealed class SmallWalk
{
    public const int Nodes = 3;
    const long Start = 100 * Tick.Microseconds;
    const long Quiet = 10_000;

    readonly int side;
    readonly FoldRules? rules;
    readonly FoldedValues values;
    readonly WalkedServer[] servers;
    readonly WalkedLog[] logs;
    readonly ModelApplier[] appliers;
    readonly ModelApplier[] quietAppliers; // they have promises
    readonly List<Database>?[][][] states; // by node, number of its own commits, place
    readonly Winner[][] winners; // by place
    readonly RowFold<string>? fold;
    readonly List<(RowWrite<string> Write, int Key, int Index)> writes = []; // by stamp
    readonly int keys;
    readonly Stack<Possible> story = [];

    /// <param name="most">How many changes a history can have.</param>
    public SmallWalk(int most, int keys, FoldRules? rules, Mutant mutant)
    {
        (side, this.keys, this.rules) = (most + 1, keys, rules);
        var shape = new History(new long[Nodes], keys, Slack: 0, []) { Folds = rules };
        var numbers = Enumerable.Range(0, Nodes).ToArray();
        values = new FoldedValues(rules?.Columns ?? []);
        fold = rules?.Fold();
        servers = [.. numbers.Select(node => new WalkedServer(node, Nodes, keys))];
        logs = [.. numbers.Select(node => new WalkedLog(node, servers[node], shape, mutant))];
        ModelApplier Applier(int node) => rules is null
            ? new ModelApplier(node, servers[node], logs, mutant)
            : new FoldedApplier(node, servers[node], logs, rules, values, mutant);
        appliers = [.. numbers.Select(Applier)];
        quietAppliers = [.. numbers.Select(Applier)];
        states = [.. numbers.Select(_ => Enumerable.Range(0, side).Select(_ => new List<Database>?[side * side * side]).ToArray())];
        winners = new Winner[side * side * side][];
        winners[0] = new Winner[keys];
        foreach (var node in numbers)
        {
            states[node][0][0] = [new Database(keys, Nodes)];
        }
    }

    /// <summary>How many states were compared with the oracle.</summary>
    public long States { get; private set; }

    /// <summary>The first history on which the nodes differ.</summary>
    public string? Failure { get; private set; }

    public int Written(int node) => logs[node].Spine.Count;

    /// <summary>A change that a user of the node could make.</summary>
    /// <param name="Before">The states that he could make it in.</param>
    public sealed record Possible(int Writer, WalEntry Entry, PublishedTransaction Transaction, List<(int Place, Database After)> Before)
    {
        public override string ToString() =>
            $"node {Writer}: {Entry.Changes[0]} at {Entry.CommitTime}, knew {string.Join(", ", Transaction.Vector)}";
    }

    /// <summary>
    /// What the statement comes to when the node has applied so many of each other's: one for each thing it can do, as that may
    /// depend on what came first and on how much of its own the node has applied. None: it has no effect.
    /// </summary>
    /// <param name="applied">What stands at the writer's own place is not read.</param>
    /// <param name="back">The row becomes what it was before the change that made it; if it was anything.</param>
    public IEnumerable<Possible> Commits(int writer, LocalStatement statement, int time, int[] applied, bool back)
    {
        var found = new List<Possible>(1);
        int[] at = [.. applied];
        var own = servers[writer].Wal.Count;
        var known = Enumerable.Range(0, Nodes).Where(node => node != writer && applied[node] > 0)
            .Select(node => KnowledgeOf(node, applied[node]));
        for (at[writer] = 0; at[writer] <= own; at[writer]++)
        {
            foreach (var state in states[writer][own][Place(at)] ?? [])
            {
                var (row, isDelete) = (state.Rows[statement.Key], statement.Kind == LocalKind.Delete);
                if (isDelete ? row is null : state.IsTaken(statement.Claims, statement.Key) || (back && FoundBefore(row?.Value) is null))
                {
                    continue;
                }

                servers[writer].Become(state.Copy());
                if (servers[writer].TryCommit(statement, Start + (time * Tick.Microseconds), old => Edit(old, back)) is not { } entry)
                {
                    continue;
                }

                var same = found.Find(one => one.Entry.Changes[0] == entry.Changes[0]);
                if (same is null)
                {
                    found.Add(same = new Possible(writer, entry, logs[writer].Publish(entry, known), []));
                }

                same.Before.Add((Place(at), servers[writer].Data));
            }
        }

        return found;
    }

    public void Push(Possible change)
    {
        var writer = change.Writer;
        story.Push(change);
        servers[writer].Push(change.Entry);
        logs[writer].Push(new SpineEntry(0, change.Transaction, change.Transaction.Vector));
        NoteWrite(change.Transaction);
        Foretell(writer);
        for (var node = 0; node < Nodes; node++)
        {
            if (node == writer)
            {
                Begin(node, change.Before);
            }

            Fill(node, node == writer ? -1 : writer);
        }

        CheckEnd();
    }

    public void Pop(Possible change)
    {
        story.Pop();
        servers[change.Writer].Pop();
        logs[change.Writer].Pop();
        writes.RemoveAll(one => one.Write.Stamp.Position.Transaction == change.Transaction.Position
            && one.Write.Stamp.Version.Writer == change.Writer);
    }

    int Place(ReadOnlySpan<int> at) => (((at[0] * side) + at[1]) * side) + at[2];

    int StepOf(int node) => node switch { 0 => side * side, 1 => side, _ => 1 };

    Knowledge KnowledgeOf(int node, int count)
    {
        var last = logs[node].Spine[count - 1].Transaction!;
        return new Knowledge(node, last.Position, last.Tick);
    }

    int Edit(int? old, bool back)
    {
        var number = story.Count + 1;
        return rules is null ? number : back ? FoundBefore(old)!.Value : values.Change(old, number, new SplitMix((ulong)number));
    }

    /// <summary>What the row was before the first change that made it so.</summary>
    int? FoundBefore(int? value) => value is null ? null : logs
        .SelectMany(log => log.Spine)
        .Select(entry => entry.Transaction!.Changes[0])
        .FirstOrDefault(change => change.Value == value && !change.Removes && change.OldValue != value)
        .OldValue;

    void NoteWrite(PublishedTransaction transaction)
    {
        if (rules is null)
        {
            return;
        }

        var change = transaction.Changes[0];
        var write = new RowWrite<string>(
            transaction.StampOf(change), new KnowledgeVector(transaction.Writer, transaction.Vector),
            values[change.OldValue], change.Removes ? null : values[change.Value]);
        var at = writes.FindIndex(one => one.Write.Stamp > write.Stamp);
        writes.Insert(at < 0 ? writes.Count : at, (write, change.Key, Written(transaction.Writer)));
    }

    /// <summary>The winners at each place to which the writer's last change came.</summary>
    void Foretell(int writer)
    {
        if (rules is not null)
        {
            return;
        }

        var last = logs[writer].Spine[^1].Transaction!;
        foreach (var at in Places(writer))
        {
            var place = Place(at);
            winners[place] = Oracle.With(winners[place - StepOf(writer)], last);
        }
    }

    /// <summary>In an order in which each stands after those one step before it.</summary>
    /// <param name="only">Those to which all of that node's came; −1: all.</param>
    IEnumerable<int[]> Places(int only)
    {
        var at = new int[Nodes];
        for (at[0] = only == 0 ? Written(0) : 0; at[0] <= Written(0); at[0]++)
        {
            for (at[1] = only == 1 ? Written(1) : 0; at[1] <= Written(1); at[1]++)
            {
                for (at[2] = only == 2 ? Written(2) : 0; at[2] <= Written(2); at[2]++)
                {
                    yield return at;
                }
            }
        }
    }

    /// <summary>The writer goes on from where it committed: what it had not applied before that comes later.</summary>
    void Begin(int node, List<(int Place, Database After)> after)
    {
        var here = states[node][servers[node].Wal.Count];
        foreach (var at in Places(-1))
        {
            here[Place(at)]?.Clear();
        }

        foreach (var (place, data) in after)
        {
            AddNew(here[place] ??= [], data);
        }
    }

    void Fill(int node, int only)
    {
        var here = states[node][servers[node].Wal.Count];
        foreach (var at in Places(only))
        {
            var found = here[Place(at)] ??= [];
            if (only >= 0)
            {
                found.Clear();
            }

            for (var origin = 0; origin < Nodes; origin++)
            {
                if (at[origin] > 0 && here[Place(at) - StepOf(origin)] is { Count: > 0 } before)
                {
                    Deliver(node, at, origin, before, found);
                }
            }

            if (at[node] == Written(node))
            {
                foreach (var state in found)
                {
                    Check(node, at, state);
                }
            }
        }
    }

    void Deliver(int node, int[] at, int origin, List<Database> before, List<Database> found)
    {
        if (origin == node && !logs[node].Spine[at[node] - 1].Transaction!.SelfApply)
        {
            before.ForEach(state => AddNew(found, state)); // it only moves on
            return;
        }

        Span<int> from = [.. at];
        from[origin]--;
        foreach (var state in before)
        {
            servers[node].Become(state.Copy());
            servers[node].Xid = (uint)((100 * origin) + at[origin]);
            appliers[node].GoTo(from);
            if (appliers[node].Deliver(origin))
            {
                AddNew(found, servers[node].Data);
            }
        }

        if (appliers[node].Fault is { } fault)
        {
            Fail(node, at, fault);
        }
    }

    static void AddNew(List<Database> found, Database state)
    {
        foreach (var other in found)
        {
            if (other.IsSame(state))
            {
                return;
            }
        }

        found.Add(state);
    }

    void Check(int node, int[] at, Database state)
    {
        States++;
        servers[node].Become(state);
        if (Differs(node, at, appliers[node]) is { } difference)
        {
            Fail(node, at, difference);
        }
    }

    string? Differs(int node, int[] at, ModelApplier applier)
    {
        var data = servers[node].Data;
        if (rules is null)
        {
            return Oracle.Compare(winners[Place(at)], data, applier);
        }

        for (var key = 0; key < keys; key++)
        {
            RowState<string>? row = null;
            foreach (var (write, written, index) in writes)
            {
                row = written == key && index <= at[write.Stamp.Version.Writer] ? fold!.Step(row, write) : row;
            }

            var (expected, shown) = (row is { Exists: true } ? row.Values : null, values[data.Rows[key]?.Value]);
            if (expected is null ? shown is not null : shown is null || !expected.AsSpan().SequenceEqual(shown))
            {
                return $"key {key} is {string.Join('|', shown ?? [])}, not {string.Join('|', expected ?? [])}";
            }
        }

        return null;
    }

    /// <summary>Where everything came: what must hold of the rows without the fold, and that nothing stays stored.</summary>
    void CheckEnd()
    {
        int[] end = [.. logs.Select(log => log.Spine.Count)];
        if (rules is not null && new FoldOracle(
            [.. logs.SelectMany(log => log.Spine).Select(entry => entry.Transaction!)], keys, rules, values).Compare([]) is { } wrong)
        {
            Fail(-1, end, wrong);
        }

        Knowledge[] all = [.. Enumerable.Range(0, Nodes).Where(node => end[node] > 0).Select(node => KnowledgeOf(node, end[node]))];
        Array.ForEach(logs, log => log.Push(new SpineEntry(Quiet, Transaction: null, all)));
        for (var node = 0; node < Nodes; node++)
        {
            var last = states[node][servers[node].Wal.Count][Place(end)]!;
            if (last.Count == 0)
            {
                Fail(node, end, "waits for ever");
            }

            foreach (var state in last)
            {
                CollectAll(node, end, state);
            }
        }

        Array.ForEach(logs, log => log.Pop());
    }

    void CollectAll(int node, int[] end, Database state)
    {
        servers[node].Become(state.Copy());
        quietAppliers[node].GoTo(end);
        for (var origin = 0; origin < Nodes; origin++)
        {
            quietAppliers[node].Deliver(origin);
        }

        quietAppliers[node].Collect();
        if (servers[node].Data.StoredForDecisions() > 0)
        {
            Fail(node, end, "tombstones, overrides or histories stay after quiet time");
        }

        if (Differs(node, end, quietAppliers[node]) is { } difference)
        {
            Fail(node, end, $"after quiet time {difference}");
        }
    }

    void Fail(int node, int[] at, string what) => Failure ??= string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(" | ", story.Reverse())}: node {node} with {string.Join(", ", at)} applied: {what}");
}
