using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// Histories for rules that need them: few keys, rules drawn for the row and each column, and rounds in which most of what is known
/// gets around, so that what is kept of a row goes while users write on. No unique values and no TRUNCATE: such tables have neither.
/// </summary>
static class FoldedHistories
{
    public static History FromSeed(ulong seed)
    {
        var random = new SplitMix(seed);
        var nodes = random.Below(10) switch { < 4 => 2, < 9 => 3, _ => 4 };
        var hasColumnRules = random.Below(3) > 0;
        var rules = new FoldRules(
            (ConflictRule)random.Below(4),
            [.. Enumerable.Range(0, random.Between(1, 3)).Select(_ => hasColumnRules ? (ColumnRule)random.Below(8) : ColumnRule.WithRow)]);
        var profile = new Profile(
            nodes,
            Keys: random.Between(1, 2),
            Deletes: random.Below(3) * 15,
            Steps: random.Below(2) == 0,
            Stalls: random.Below(3) == 0,
            Restarts: random.Below(2) == 0,
            Fails: random.Below(3) == 0,
            Rounds: random.Below(4) * 4,
            Loss: random.Between(4, 20));
        var skew = random.Below(3) * 2;
        var clocks = Enumerable.Range(0, nodes).Select(_ => 100_000 + (random.Between(-skew, skew) * 1000L)).ToArray();
        var length = random.Between(15, 80);
        var events = new List<SimulatedEvent>();
        while (events.Count < length)
        {
            switch (random.Below(100))
            {
                case var drawn when drawn < profile.Rounds:
                    DrawRound(random, profile, events);
                    break;
                case > 95:
                    DrawAnswer(random, profile, events);
                    break;
                default:
                    events.Add(Draw(random, profile));
                    break;
            }
        }

        return new History(clocks, profile.Keys, Slack: random.Between(-2, 2), events) { Folds = rules };
    }

    /// <summary>The same, with another rule for about half of the kinds of conflict, error among them.</summary>
    public static History WithKinds(ulong seed)
    {
        var (history, random) = (FromSeed(seed), new SplitMix(~seed));
        return history with
        {
            Folds = history.Folds! with
            {
                Kinds = ConflictKindNames.WithStrategy.Where(_ => random.Below(2) == 0)
                    .ToDictionary(kind => kind, _ => (ConflictRule)random.Below(5)),
            },
        };
    }

    /// <summary>The same, where a function decides; every second time of some kinds of conflict only, or of all but some.</summary>
    public static History WithFunction(ulong seed)
    {
        var (history, random) = (FromSeed(seed), new SplitMix(~seed ^ 1));
        var isByKind = random.Below(2) == 0;
        return history with
        {
            Folds = history.Folds! with
            {
                Rule = isByKind && random.Below(2) == 0 ? history.Folds.Rule : ConflictRule.SqlFunction,
                Kinds = ConflictKindNames.WithStrategy.Where(_ => isByKind && random.Below(2) == 0)
                    .ToDictionary(kind => kind, _ => random.Below(2) == 0 ? ConflictRule.SqlFunction : (ConflictRule)random.Below(5)),
            },
        };
    }

    /// <summary>Most promise, most of it arrives, most nodes drop what they need no more; users go on writing.</summary>
    static void DrawRound(SplitMix random, Profile profile, List<SimulatedEvent> events)
    {
        var chosen = random.Below(profile.Nodes);
        if (profile.Fails)
        {
            events.Add(new(EventKind.Flush, chosen));
            events.Add(new(EventKind.BackUp, chosen));
        }

        events.Add(new(EventKind.TimePasses, Amount: random.Between(2, 12) * 1000));
        for (var times = random.Between(2, 3); times > 0; times--)
        {
            for (var node = 0; node < profile.Nodes; node++)
            {
                events.Add(new(EventKind.Flush, node));
                events.Add(new(EventKind.Heartbeat, node));
                events.Add(new(EventKind.Capture, node, Amount: random.Below(profile.Loss) == 0 ? 0 : 30));
                WriteNowAndThen(node);
            }

            for (var node = 0; node < profile.Nodes; node++)
            {
                for (var origin = 0; origin < profile.Nodes; origin++)
                {
                    events.Add(new(EventKind.Deliver, node, (node + origin) % profile.Nodes, random.Below(profile.Loss) == 0 ? 1 : 30));
                    WriteNowAndThen(node);
                }
            }
        }

        for (var node = 0; node < profile.Nodes; node++)
        {
            events.Add(new(random.Below(4) == 0 ? EventKind.Flush : EventKind.Collect, node));
            if (random.Below(3) == 0)
            {
                events.Add(new(EventKind.Commit, node, Statements: Statements(random, profile)));
            }
        }

        if ((profile.Restarts || profile.Fails) && random.Below(3) == 0)
        {
            events.Add(new(profile.Fails ? EventKind.FailOver : EventKind.RestartCapture, chosen));
            events.Add(new(EventKind.Commit, chosen, Statements: Statements(random, profile)));
        }

        void WriteNowAndThen(int node)
        {
            if (random.Below(profile.Loss) == 0)
            {
                events.Add(new(EventKind.Commit, node, Statements: Statements(random, profile)));
            }
        }
    }

    /// <summary>One node writes, another answers, and the answer comes before the first has applied its own.</summary>
    static void DrawAnswer(SplitMix random, Profile profile, List<SimulatedEvent> events)
    {
        var one = random.Below(profile.Nodes);
        var other = (one + random.Between(1, profile.Nodes - 1)) % profile.Nodes;
        foreach (var (writer, reader) in new[] { (one, other), (other, one) })
        {
            events.Add(new(EventKind.Commit, writer, Statements: Statements(random, profile)));
            events.Add(new(EventKind.Flush, writer));
            events.Add(new(EventKind.Capture, writer, Amount: 30));
            events.Add(new(EventKind.Deliver, reader, writer, 30));
        }
    }

    static SimulatedEvent Draw(SplitMix random, Profile profile)
    {
        var node = random.Below(profile.Nodes);
        return random.Below(100) switch
        {
            < 28 => new(EventKind.Commit, node, Statements: Statements(random, profile)),
            < 45 => new(EventKind.Capture, node, Amount: random.Between(1, 4)),
            < 70 => new(EventKind.Deliver, node, random.Below(profile.Nodes), random.Between(1, 3)),
            < 76 => new(EventKind.TimePasses, Amount: random.Between(1, 6) * 250),
            < 79 when profile.Steps => new(EventKind.ClockSteps, node, Amount: random.Between(-8, 6) * 500),
            < 81 when profile.Stalls => new(EventKind.Stall, node, Statements: Statements(random, profile)),
            < 84 when profile.Stalls => new(EventKind.Resume, node),
            < 86 => new(EventKind.Heartbeat, node),
            < 89 => new(EventKind.Collect, node),
            < 91 => new(EventKind.Flush, node),
            91 when profile.Restarts => new(EventKind.RestartApply, node, random.Below(profile.Nodes), random.Between(0, 5)),
            92 or 93 when profile.Restarts => new(EventKind.RestartCapture, node),
            94 when profile.Restarts => new(EventKind.Crash, node),
            95 or 96 when profile.Fails => new(EventKind.BackUp, node),
            97 or 98 when profile.Fails => new(EventKind.FailOver, node),
            _ => new(EventKind.Deliver, node, random.Below(profile.Nodes), 1),
        };
    }

    static LocalStatement[] Statements(SplitMix random, Profile profile)
    {
        var statements = new LocalStatement[random.Below(6) == 0 ? 2 : 1];
        for (var index = 0; index < statements.Length; index++)
        {
            var key = random.Below(profile.Keys);
            statements[index] = random.Below(100) switch
            {
                var drawn when drawn < profile.Deletes => new(LocalKind.Delete, key),
                > 95 when profile.Keys > 1 && profile.Deletes > 0 => new(LocalKind.MoveKey, key, (key + 1) % profile.Keys),
                _ => new(LocalKind.Upsert, key),
            };
        }

        return statements;
    }

    readonly record struct Profile(
        int Nodes, int Keys, int Deletes, bool Steps, bool Stalls, bool Restarts, bool Fails, int Rounds, int Loss);
}
