namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// Histories of other kinds in which nodes join, leave, are lost and go back to backups. What happens to the nodes that were there
/// happens to the new ones too, and now and then so much gets around that nodes are admitted and much is collected.
/// </summary>
static class JoinedHistories
{
    /// <summary>For last_update_wins and unique values.</summary>
    public static History FromSeed(ulong seed) => With(HistoryGenerator.FromSeed(seed), seed);

    /// <summary>For rules that need a row's history.</summary>
    public static History WithRules(ulong seed) => With(FoldedHistories.FromSeed(seed), seed);

    static History With(History history, ulong seed)
    {
        var random = new SplitMix(~seed);
        var joiners = random.Below(4) switch { 0 => 0, 3 => 2, _ => 1 };
        var drawing = new Drawing(
            random,
            history.Keys,
            First: history.Nodes,
            Nodes: history.Nodes + joiners,
            Removes: random.Below(2) == 0,
            Restores: random.Below(2) == 0,
            Rounds: random.Between(2, 8),
            Loss: random.Between(3, 12),
            ByBytes: random.Below(3) == 0);
        var clocks = history.ClockStart.Concat(Enumerable.Range(0, joiners).Select(_ => 100_000 + (random.Between(-8, 4) * 1000L)));
        return history with
        {
            ClockStart = [.. clocks],
            Joiners = joiners,
            Events = [.. history.Events.SelectMany(happening => drawing.Around(happening))],
        };
    }

    sealed record Drawing(
        SplitMix Random, int Keys, int First, int Nodes, bool Removes, bool Restores, int Rounds, int Loss, bool ByBytes)
    {
        public IEnumerable<SimulatedEvent> Around(SimulatedEvent happening)
        {
            var events = new List<SimulatedEvent> { Moved(happening) };
            switch (Random.Below(100))
            {
                case < 4 when Nodes > First:
                    DrawJoin(events);
                    break;
                case var drawn when drawn < 4 + Rounds:
                    DrawRound(events);
                    break;
                case < 15 when Removes:
                    events.Add(new(Random.Below(2) == 0 ? EventKind.Leave : EventKind.Lose, Random.Between(1, Nodes - 1)));
                    break;
                case < 24 when Restores:
                    events.Add(new(EventKind.BackUp, Random.Below(Nodes)));
                    break;
                case < 28 when Restores:
                    DrawRestores(events);
                    break;
                case < 30:
                    events.Add(new(EventKind.ReadNodes, Random.Below(Nodes)));
                    break;
            }

            return events;
        }

        /// <summary>Often to a node that joined.</summary>
        SimulatedEvent Moved(SimulatedEvent happening) => Nodes == First || Random.Below(2) == 0 ? happening : happening with
        {
            Node = Random.Below(2) == 0 ? Random.Between(First, Nodes - 1) : happening.Node,
            Origin = Random.Below(2) == 0 ? Random.Between(First, Nodes - 1) : happening.Origin,
        };

        void DrawJoin(List<SimulatedEvent> events)
        {
            events.Add(new(EventKind.Join, Random.Between(First, Nodes - 1), Random.Below(Nodes), Amount: ByBytes ? 2 : 1));
            if (Random.Below(2) == 0)
            {
                DrawRound(events);
            }
        }

        /// <summary>Goes back to this backup and that, and writes in between.</summary>
        void DrawRestores(List<SimulatedEvent> events)
        {
            var node = Random.Below(Nodes);
            for (var times = Random.Between(1, 3); times > 0; times--)
            {
                events.Add(new(EventKind.Restore, node, Amount: Random.Below(4)));
                events.Add(Write(node, LocalKind.Upsert));
                events.Add(new(EventKind.Capture, node, Amount: Random.Between(0, 30)));
                events.Add(new(Random.Below(2) == 0 ? EventKind.BackUp : EventKind.Flush, node));
            }
        }

        SimulatedEvent Write(int node, LocalKind kind) =>
            new(EventKind.Commit, node, Statements: [new LocalStatement(kind, Random.Below(Keys))]);

        /// <summary>Most gets around, but to and from a node that is away; some nodes collect, and who may is admitted.</summary>
        void DrawRound(List<SimulatedEvent> events)
        {
            var away = Random.Below(4) switch { 0 => -1, 1 => Random.Below(Nodes), _ => Random.Between(First - 1, Nodes - 1) };
            var other = Random.Below(Nodes);
            events.Add(Write(other == away ? 0 : other, Random.Below(2) == 0 ? LocalKind.Delete : LocalKind.Upsert));
            events.Add(new(EventKind.TimePasses, Amount: Random.Between(0, 6) * 1000));
            if (Random.Below(6) == 0)
            {
                events.Add(new(EventKind.RestartApply, other, Random.Below(Nodes), 0));
            }

            for (var times = Random.Between(1, 2); times > 0; times--)
            {
                for (var node = 0; node < Nodes; node++)
                {
                    if (Random.Below(2) == 0)
                    {
                        events.Add(new(EventKind.ReadNodes, node));
                    }

                    events.Add(new(EventKind.Flush, node));
                    events.Add(new(EventKind.Heartbeat, node));
                    Add(EventKind.Capture, node, 30);
                }

                for (var node = 0; node < Nodes; node++)
                {
                    for (var origin = 0; origin < Nodes; origin++)
                    {
                        var isCut = node != (node + origin) % Nodes && (node == away || (node + origin) % Nodes == away);
                        var amount = Random.Below(Loss) == 0 ? 1 : 30;
                        events.Add(new(EventKind.Deliver, node, (node + origin) % Nodes, isCut ? 0 : amount));
                    }

                    if (Random.Below(4) > 0)
                    {
                        events.Add(new(EventKind.Collect, node));
                    }
                }

                events.AddRange(Enumerable.Range(First, Nodes - First).Select(node => new SimulatedEvent(EventKind.Admit, node)));
            }

            if (away >= 0)
            {
                events.Add(Write(away, LocalKind.Upsert));
            }

            void Add(EventKind kind, int node, int amount)
            {
                if (Random.Below(Loss) > 0)
                {
                    events.Add(new(kind, node, Amount: amount));
                }
            }
        }
    }
}
