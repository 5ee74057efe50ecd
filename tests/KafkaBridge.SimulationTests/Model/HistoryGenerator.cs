namespace KafkaBridge.SimulationTests.Model;

/// <summary>Draws a history from a seed. Time is short of events, so that ticks tie often; what is impossible has no effect.</summary>
static class HistoryGenerator
{
    public static History FromSeed(ulong seed)
    {
        var random = new SplitMix(seed);
        var nodes = random.Below(10) switch { < 3 => 2, < 9 => 3, _ => 4 };
        var keys = random.Between(1, 4);
        var skew = random.Below(3) * 2;
        var clocks = new long[nodes];
        for (var node = 0; node < nodes; node++)
        {
            clocks[node] = 100_000 + (random.Between(-skew, skew) * 1000L) + (random.Below(4) * 250);
        }

        var profile = new Profile(
            Steps: random.Below(2) == 0,
            Stalls: random.Below(2) == 0,
            Crashes: random.Below(3) == 0,
            Collects: random.Below(4) != 0,
            Truncates: random.Below(2) == 0,
            MovesKeys: random.Below(2) == 0,
            UniqueColumns: random.Below(8) switch { < 2 => 0, < 4 => 1, _ => 2 },
            UniqueValues: random.Between(1, 3),
            Deletes: random.Between(8, 34));
        var slack = random.Between(-2, 2);
        var length = random.Between(15, 70);
        var events = new List<SimulatedEvent>();
        while (events.Count < length)
        {
            var node = random.Below(nodes);
            switch (random.Below(100))
            {
                case < 5 when profile.Collects:
                    DrawCollection(random, node, nodes, events);
                    break;
                case < 7:
                    events.Add(new(EventKind.Heartbeat, node));
                    events.Add(new(EventKind.Flush, node));
                    events.Add(new(EventKind.Capture, node, Amount: 9));
                    events.Add(new(EventKind.RestartCapture, node));
                    events.Add(new(EventKind.Commit, node, Statements: Statements(random, profile, keys)));
                    break;
                default:
                    events.Add(Draw(random, profile, nodes, keys));
                    break;
            }
        }

        return new History(clocks, keys, slack, events);
    }

    /// <summary>The same, with standbys that take over now and then.</summary>
    public static History WithFailover(ulong seed)
    {
        var (history, random) = (FromSeed(seed), new SplitMix(~seed));
        return history with
        {
            Events = [.. history.Events.SelectMany(happening => random.Below(8) > 0 ? [happening] : new[] { happening, Replacement() })],
        };

        SimulatedEvent Replacement() =>
            new(random.Below(5) < 3 ? EventKind.BackUp : EventKind.FailOver, random.Below(history.Nodes));
    }

    /// <summary>The same, with transactions that rewrite the table, and may write to it before and after.</summary>
    public static History WithRewrites(ulong seed)
    {
        var (history, random) = (FromSeed(seed), new SplitMix(~seed));
        var often = random.Between(3, 12);
        return history with
        {
            Events = [.. history.Events.SelectMany(happening => random.Below(often) > 0 ? [happening] : new[] { happening, Rewriting() })],
        };

        SimulatedEvent Rewriting() => new(EventKind.Commit, random.Below(history.Nodes), Statements:
        [
            .. random.Below(3) == 0 ? [Writing()] : Array.Empty<LocalStatement>(),
            new(LocalKind.Rewrite, AfterSavepoint: random.Below(3) == 0),
            .. random.Below(3) == 0 ? [Writing()] : Array.Empty<LocalStatement>(),
            .. random.Below(6) == 0 ? [new(LocalKind.Rewrite, AfterSavepoint: random.Below(2) == 0)] : Array.Empty<LocalStatement>(),
        ]);

        LocalStatement Writing() => new(
            random.Below(4) == 0 ? LocalKind.Delete : LocalKind.Upsert, random.Below(history.Keys), AfterSavepoint: random.Below(3) == 0,
            Claims: random.Below(2) == 0 ? default : new Claims(random.Below(4), random.Below(4)));
    }

    /// <summary>
    /// Without unique values and TRUNCATE, where an origin stops till a person has written; with servers that lose commit times
    /// and keep none for a while.
    /// </summary>
    public static History WithLosses(ulong seed)
    {
        var (history, random) = (FromSeed(seed), new SplitMix(~seed));
        var often = random.Between(4, 16);
        return history with { Events = [.. history.Events.SelectMany(happening => (SimulatedEvent[])[Plain(happening), .. Losing()])] };

        SimulatedEvent[] Losing() => random.Below(often) > 0
            ? []
            : [new(Either(), random.Below(history.Nodes), Amount: random.Between(1, 2))];

        EventKind Either() => random.Below(2) == 0 ? EventKind.LoseTimes : EventKind.KeepTimes;

        SimulatedEvent Plain(SimulatedEvent happening) => happening with
        {
            Statements = happening.Statements is null ? null : [.. happening.Statements.Select(statement => statement with
            {
                Kind = statement.Kind is LocalKind.Truncate or LocalKind.Swap ? LocalKind.Upsert : statement.Kind,
                Claims = default,
            })],
        };
    }

    /// <summary>Most promise, most promises arrive, one node collects, and may read something again.</summary>
    static void DrawCollection(SplitMix random, int node, int nodes, List<SimulatedEvent> events)
    {
        for (var origin = 0; origin < nodes; origin++)
        {
            events.Add(new(EventKind.Heartbeat, origin));
            events.Add(new(EventKind.Flush, origin));
            events.Add(new(EventKind.Capture, origin, Amount: random.Below(4) == 0 ? 0 : 9));
            events.Add(new(EventKind.Deliver, node, origin, random.Below(4) == 0 ? 0 : 30));
        }

        events.Add(new(EventKind.Collect, node));
        if (random.Below(4) == 0)
        {
            var origin = random.Below(nodes);
            events.Add(new(EventKind.RestartApply, node, origin, random.Between(2, 12)));
            events.Add(new(EventKind.Deliver, node, origin, random.Between(1, 12)));
        }
    }

    static SimulatedEvent Draw(SplitMix random, Profile profile, int nodes, int keys)
    {
        var node = random.Below(nodes);
        return random.Below(100) switch
        {
            < 22 => new(EventKind.Commit, node, Statements: Statements(random, profile, keys)),
            < 42 => new(EventKind.Capture, node, Amount: random.Between(1, 4)),
            < 68 => new(EventKind.Deliver, node, random.Below(nodes), random.Between(1, 3)),
            < 76 => new(EventKind.TimePasses, Amount: random.Between(1, 6) * 250),
            < 80 when profile.Steps => new(EventKind.ClockSteps, node, Amount: random.Between(-8, 6) * 500),
            < 83 when profile.Stalls => new(EventKind.Stall, node, Statements: Statements(random, profile, keys)),
            < 87 when profile.Stalls => new(EventKind.Resume, node),
            < 91 when profile.Collects => new(EventKind.Heartbeat, node),
            < 94 when profile.Collects => new(EventKind.Collect, node),
            94 => new(EventKind.RestartApply, node, random.Below(nodes), random.Between(0, 3)),
            95 => new(EventKind.RestartCapture, node),
            96 when profile.Crashes => new(EventKind.Flush, node),
            97 when profile.Crashes => new(EventKind.Crash, node),
            _ => new(EventKind.Deliver, node, random.Below(nodes), 1),
        };
    }

    static LocalStatement[] Statements(SplitMix random, Profile profile, int keys)
    {
        var statements = new LocalStatement[random.Below(10) switch { < 6 => 1, < 9 => 2, _ => 3 }];
        for (var index = 0; index < statements.Length; index++)
        {
            var key = random.Below(keys);
            var drawn = random.Below(100);
            var kind = drawn switch
            {
                < 84 => drawn < profile.Deletes ? LocalKind.Delete : LocalKind.Upsert,
                < 89 when profile.MovesKeys && keys > 1 => LocalKind.MoveKey,
                < 93 when profile.UniqueColumns > 0 && keys > 1 => LocalKind.Swap,
                >= 93 when profile.Truncates => LocalKind.Truncate,
                _ => LocalKind.Upsert,
            };
            var newKey = kind is LocalKind.MoveKey or LocalKind.Swap ? (key + 1 + random.Below(keys - 1)) % keys : key;
            statements[index] = new(kind, key, newKey, AfterSavepoint: random.Below(4) == 0, DrawClaims(random, profile));
        }

        return statements;
    }

    static Claims DrawClaims(SplitMix random, Profile profile) => profile.UniqueColumns switch
    {
        0 => default,
        1 => new Claims(DrawUnique(random, profile), 0),
        _ => new Claims(DrawUnique(random, profile), DrawUnique(random, profile)),
    };

    static int DrawUnique(SplitMix random, Profile profile) => random.Below(5) == 0 ? 0 : random.Between(1, profile.UniqueValues);

    readonly record struct Profile(
        bool Steps, bool Stalls, bool Crashes, bool Collects, bool Truncates, bool MovesKeys,
        int UniqueColumns, int UniqueValues, int Deletes);
}
