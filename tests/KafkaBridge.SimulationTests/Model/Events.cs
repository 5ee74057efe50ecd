namespace KafkaBridge.SimulationTests.Model;

/// <summary>Words for histories that are written by hand.</summary>
static class Events
{
    public const int A = 0;
    public const int B = 1;
    public const int C = 2;
    public const int Everything = 100;

    public static readonly LocalStatement Upsert = new(LocalKind.Upsert);
    public static readonly LocalStatement Delete = new(LocalKind.Delete);
    public static readonly LocalStatement Rewrite = new(LocalKind.Rewrite);

    /// <summary>All clocks begin at one tick.</summary>
    /// <param name="slack">How far a promise stays behind the clock, in ticks.</param>
    public static History Tied(int keys, int slack, params SimulatedEvent[] events) => new(
        [.. Enumerable.Repeat(100_000L, Math.Max(2, events.Max(happening => happening.Node) + 1))],
        keys,
        slack,
        [.. events.SelectMany(happening => happening is { Kind: EventKind.Heartbeat, Amount: Everything }
            ? [new(EventKind.Flush, happening.Node), happening, Capture(happening.Node)]
            : new[] { happening })]);

    public static SimulatedEvent Commit(int node, params LocalStatement[] statements) =>
        new(EventKind.Commit, node, Statements: statements);

    public static LocalStatement Row(int key, int first, int second = 0) => new(LocalKind.Upsert, key, Claims: new Claims(first, second));

    public static LocalStatement Gone(int key) => new(LocalKind.Delete, key);

    public static SimulatedEvent Promise(int node) => new(EventKind.Heartbeat, node, Amount: Everything);

    public static SimulatedEvent Capture(int node) => new(EventKind.Capture, node, Amount: Everything);

    public static SimulatedEvent Deliver(int origin, int to) => new(EventKind.Deliver, to, origin, Everything);

    public static SimulatedEvent Step(int node, int ticks) => new(EventKind.ClockSteps, node, Amount: ticks * 1000);
}
