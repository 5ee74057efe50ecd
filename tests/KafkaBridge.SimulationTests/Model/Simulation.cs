using KafkaBridge.Changes;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>Plays a history, lets everything arrive, and compares the nodes with one another and with the oracle.</summary>
sealed class Simulation
{
    readonly ModelServer[] servers;
    readonly ModelCapture[] captures;
    readonly ModelApplier[] appliers;
    readonly History history;
    readonly FoldedValues values;
    readonly ModelCluster cluster;
    FoldOracle? oracle; // of all commits: in the quiet time there are none
    int lastValue;

    Simulation(History history, Mutant mutant)
    {
        this.history = history;
        var numbers = Enumerable.Range(0, history.Nodes).ToArray();
        servers = [.. numbers.Select(node => new ModelServer(node, history.Nodes, history.Keys, history.ClockStart[node] * History.Unit))];
        captures = [.. numbers.Select(node => new ModelCapture(node, servers[node], history, mutant))];
        values = new FoldedValues(history.Folds?.Columns ?? []);
        var members = new ModelMembers(history.Nodes - history.Joiners, history.Nodes);
        appliers = [.. numbers.Select(node => history.Folds is { } rules
            ? new FoldedApplier(node, servers[node], captures, rules, values, mutant) { Members = members }
            : new ModelApplier(node, servers[node], captures, mutant) { Members = members })];
        foreach (var (server, applier) in servers.Zip(appliers))
        {
            server.KeepVersions = applier.Table.KeepVersions;
        }

        cluster = new ModelCluster(history, servers, captures, appliers, members, mutant);
    }

    /// <summary>What a history came to; <see cref="Failure"/> is null when all held.</summary>
    /// <param name="Digest">Of every published version and every end state: equal digests, equal runs.</param>
    public sealed record Outcome(string? Failure, ulong Digest, int Transactions, int Lifted, int Conflicts, int Collected, int Hidden)
    {
        /// <summary>How many of the transactions are of nodes that joined.</summary>
        public int ByWhoJoined { get; init; }
    }

    public static Outcome Run(History history, Mutant mutant = Mutant.None) => new Simulation(history, mutant).Run();

    Outcome Run()
    {
        foreach (var happening in history.Events)
        {
            if (!cluster.Ignores(happening))
            {
                Play(happening);
            }
        }

        Drain();
        Decide();
        var failure = captures.Select(capture => capture.Fault)
            .Concat(appliers.Select(applier => applier.Fault))
            .FirstOrDefault(fault => fault is not null) ?? CompareAll();
        var digest = Digest();
        var stored = StoredForDecisions();
        var hidden = history.Folds is null
            ? servers[0].Data.Hidden.Count(row => row is not null)
            : appliers.OfType<FoldedApplier>().Sum(applier => applier.Dropped);
        failure ??= QuietTime() ?? cluster.Fault;
        var published = Published();
        var lifted = published.Count(transaction => transaction.IsLifted);
        var conflicts = oracle?.Concurrent ?? appliers.Sum(applier => applier.Conflicts);
        return new(failure, digest, published.Count, lifted, conflicts, stored, hidden)
        {
            ByWhoJoined = published.Count(transaction => transaction.Writer >= history.Nodes - history.Joiners),
        };
    }

    void Play(in SimulatedEvent happening)
    {
        var (node, amount) = (happening.Node, happening.Amount);
        switch (happening.Kind)
        {
            case EventKind.TimePasses:
                Array.ForEach(servers, server => server.Clock += amount * History.Unit);
                break;
            case EventKind.ClockSteps:
                servers[node].Clock += amount * History.Unit;
                break;
            case EventKind.Commit:
                servers[node].Commit(happening.Statements!, Edit);
                break;
            case EventKind.Stall:
                servers[node].Stall(happening.Statements!);
                break;
            case EventKind.Resume:
                servers[node].Resume(Edit);
                break;
            case EventKind.Capture:
                captures[node].Decode(amount);
                break;
            case EventKind.Heartbeat:
                captures[node].Heartbeat();
                break;
            case EventKind.Deliver:
                for (var left = amount; left > 0 && appliers[node].Deliver(happening.Origin); left--)
                {
                }

                break;
            case EventKind.Collect:
                appliers[node].Collect();
                break;
            case EventKind.RestartApply:
                appliers[node].Restart(happening.Origin, amount);
                break;
            case EventKind.RestartCapture:
                captures[node].Restart();
                break;
            case EventKind.Flush:
                servers[node].Flush();
                break;
            case EventKind.Crash:
                servers[node].Crash();
                captures[node].Restart();
                appliers[node].RestartAfterCrash();
                break;
            case EventKind.BackUp:
                servers[node].BackUp();
                break;
            case EventKind.FailOver when servers[node].FailOver():
                captures[node].FailOver();
                appliers[node].RestartAfterCrash();
                appliers[node].ReadOwnTail();
                servers[node].Flush(); // before users write: a crash must not lose it again
                break;
            case EventKind.LoseTimes:
                appliers[node].LoseTimes(isPositionWritten: amount > 1);
                break;
            case EventKind.KeepTimes when servers[node].Data.IsUntracked:
                servers[node].KeepTimes();
                appliers[node].RestartAfterCrash();
                break;
            case EventKind.Join:
                cluster.Join(node, happening.Origin, byBytes: amount > 1);
                break;
            case EventKind.ReadNodes:
                cluster.ReadNodes(node);
                break;
            case EventKind.Admit:
                cluster.Admit(node);
                break;
            case EventKind.Leave or EventKind.Lose:
                cluster.Remove(node, isLost: happening.Kind == EventKind.Lose);
                break;
            case EventKind.Restore:
                cluster.Restore(node, amount);
                break;
        }
    }

    List<PublishedTransaction> Published() =>
        [
            .. captures.SelectMany(capture => capture.Spine.TakeWhile(entry => !entry.IsEnd)).Select(entry => entry.Transaction).OfType<PublishedTransaction>(),
        ];

    int Edit(int? value) => history.Folds is null ? ++lastValue : values.Edit(value);

    /// <summary>Where it is not known which write is later a person writes the row, on the node that says so.</summary>
    void Decide()
    {
        while (appliers.Any(applier => applier.Undecided.Count > 0))
        {
            foreach (var (server, applier) in servers.Zip(appliers))
            {
                foreach (var key in applier.Undecided)
                {
                    server.Commit([new LocalStatement(LocalKind.Upsert, key)], Edit);
                }

                applier.Undecided.Clear();
            }

            Drain();
        }
    }

    /// <summary>Every commit is published and applied everywhere.</summary>
    void Drain()
    {
        Array.ForEach(servers, server => server.Resume(Edit));
        for (var node = 0; node < servers.Length; node++)
        {
            Play(new SimulatedEvent(EventKind.KeepTimes, node));
        }

        bool moved;
        do
        {
            moved = false;
            foreach (var node in Parts)
            {
                cluster.ReadNodes(node);
                servers[node].Flush();
                moved |= captures[node].IsBehind;
                captures[node].Decode(int.MaxValue);
                for (var origin = 0; origin < servers.Length; origin++)
                {
                    while (appliers[node].Deliver(origin))
                    {
                        moved = true;
                    }
                }
            }
        }
        while (moved);
    }

    IEnumerable<int> Parts => Enumerable.Range(0, servers.Length).Where(cluster.IsPart);

    string? CompareAll()
    {
        var commits = servers.Sum(server => server.Wal.Count(entry => entry.Applied is null));
        var published = Published();
        if (commits != published.Count && cluster.IsWhole && servers.All(server => server.Epoch == 1))
        {
            return $"{commits} commits, {published.Count} published";
        }

        if (history.Folds is { } rules)
        {
            oracle ??= new FoldOracle(published, history.Keys, rules, values);
            return oracle.Compare(servers.Where((_, node) => cluster.IsComplete(node)));
        }

        var winners = Oracle.Fold(published, history.Keys);
        foreach (var node in Parts.Where(cluster.IsComplete))
        {
            if (Oracle.Compare(winners, servers[node].Data, appliers[node]) is { } difference)
            {
                return $"node {node}: {difference}";
            }
        }

        return null;
    }

    /// <summary>No user writes; every node promises far ahead; then nothing need be stored, and the rows stay.</summary>
    string? QuietTime()
    {
        cluster.Finish(Drain);
        foreach (var node in Parts)
        {
            servers[node].Clock = 10_000 * Tick.Microseconds;
            cluster.Promise(node);
        }

        Drain();
        foreach (var node in Parts)
        {
            appliers[node].Collect();
        }

        return StoredForDecisions() > 0 ? "tombstones, overrides or histories stay after quiet time" : CompareAll();
    }

    int StoredForDecisions() => Parts.Sum(node => servers[node].Data.StoredForDecisions());

    ulong Digest()
    {
        var digest = 14695981039346656037UL;
        void Mix(long value) => digest = (digest ^ (ulong)value) * 1099511628211UL;
        foreach (var entry in captures.SelectMany(capture => capture.Spine))
        {
            Mix(entry.Watermark);
            Mix(entry.Transaction?.Tick ?? -1);
            Mix((long)(entry.Transaction?.CommitLsn.Value ?? 0));
        }

        foreach (var row in servers.SelectMany(server => server.Data.Rows))
        {
            Mix(row?.Value ?? -1);
            Mix(row?.CommitTime ?? -1);
        }

        return digest;
    }
}
