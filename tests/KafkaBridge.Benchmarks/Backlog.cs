using System.Diagnostics;
using System.Globalization;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Benchmarks;

/// <summary>
/// W3: 4 clients write a backlog while nothing is applied; then applying begins. The rate counts from the first row seen to
/// the last one seen; a marker row before and one after the backlog tell. Native's apply worker is forked from a running server;
/// a bridge that is started has its code to compile first: so there is each workload with the bridge started for it, and warm.
/// </summary>
sealed class Backlog(string name, int perTransaction, string[] scripts, string[] arguments, bool synchronous)
{
    const int Clients = 4;
    const int Transactions = 100_000;
    const int WarmUps = 2;

    public string Name => name;

    /// <summary>What is done at the target while nothing is applied there.</summary>
    public string? Meanwhile { get; init; }

    /// <summary>100,000 transactions of one row.</summary>
    public static Backlog A { get; } = new(
        "W3A", 1, ["INSERT INTO w3a (value, note) VALUES (1, 'what a short note would be')"], Count(Transactions), synchronous: false);

    /// <summary>20,000 transactions of ten rows.</summary>
    public static Backlog B { get; } = new(
        "W3B", 10, ["INSERT INTO w3b (value, note) SELECT i, 'what a short note would be' FROM generate_series(1, 10) AS i"],
        Count(Transactions / 5), synchronous: false);

    /// <summary>100,000 updates and deletes of one row, four to one.</summary>
    public static Backlog C { get; } = new(
        "W3C", 1,
        [
            "UPDATE w3c SET value = value + 1 WHERE id = (SELECT nextval('w3c_updated')) % 100000 + 1@4",
            "DELETE FROM w3c WHERE id = (SELECT nextval('w3c_deleted'))@1",
        ],
        Count(Transactions), synchronous: false);

    /// <summary>pgbench's TPC-B for a minute, each commit flushed: a tick holds one or two transactions.</summary>
    public static Backlog D(int seconds) =>
        new("W3D", 1, [], ["--time", Text(seconds)], synchronous: true);

    /// <summary>
    /// 100,000 updates of one row each, all rows once; with conflicts the target has written every thousandth row later, without
    /// having seen the update.
    /// </summary>
    public static Backlog Updates(bool conflicts) => new(
        "W9", 1, ["UPDATE w9 SET value = value + 1 WHERE id = (SELECT nextval('w9_updated')) % 100000 + 1"], Count(Transactions),
        synchronous: false)
    {
        Meanwhile = conflicts ? "UPDATE w9 SET note = 'here' WHERE id % 1000 = 0" : null,
    };

    public async Task<IReadOnlyList<Figure>> RunAsync(Pair pair)
    {
        await pair.StartAsync();
        await pair.StopApplyingAsync();
        var first = await MarkAsync(pair);
        var transactions = await WriteAsync(pair.Source);
        var last = await MarkAsync(pair);
        await pair.PublishedAsync();
        await pair.CheckpointAsync();

        await using var watch = await Watch.OpenAsync(pair.Target);
        var start = Stopwatch.GetTimestamp();
        await pair.StartApplyingAsync();
        var begun = await watch.SeenAsync("mark", first);
        var ended = await watch.SeenAsync("mark", last);
        var seconds = Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;
        var usage = pair.Usage();
        var applying = await pair.ApplyingSecondsAsync();
        await pair.StopAsync();
        return
        [
            new Figure(
                name, perTransaction == 1 ? "tx/s" : "rows/s", transactions * perTransaction / seconds,
                ("transactions", transactions), ("seconds", seconds), ("untilFirst", Stopwatch.GetElapsedTime(start, begun).TotalSeconds),
                ("targetCpu", usage.TargetCpu), ("targetPeakMiB", usage.TargetPeak), ("applyingSessionsCpu", applying)),
        ];
    }

    public Warm Warm => new(
        async pair =>
        {
            for (var run = 0; run < WarmUps; run++)
            {
                await RunHeldAsync(pair);
            }
        },
        async pair => [await RunHeldAsync(pair)]);

    /// <summary>At the target a user holds the table of the first marker locked while the backlog is written; nothing is stopped.</summary>
    public async Task<Figure> RunHeldAsync(Pair pair)
    {
        await using var watch = await Watch.OpenAsync(pair.Target);
        await using var user = await pair.Target.ConnectAsync(Setup.Database);
        await using var held = await user.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE mark IN EXCLUSIVE MODE", user))
        {
            await hold.ExecuteNonQueryAsync();
        }

        var first = await MarkAsync(pair);
        var transactions = await WriteAsync(pair.Source);
        var last = await MarkAsync(pair);
        if (Meanwhile is not null)
        {
            await pair.Target.ExecuteAsync(Setup.Database, Meanwhile);
        }

        await pair.PublishedAsync();
        await pair.CheckpointAsync();
        var (before, applyingBefore) = (pair.Usage(), await pair.ApplyingSecondsAsync());
        await held.RollbackAsync();
        var begun = await watch.SeenAsync("mark", first);
        var ended = await watch.SeenAsync("mark", last);
        var (after, applying) = (pair.Usage(), await pair.ApplyingSecondsAsync());
        var seconds = Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;
        return new Figure(
            name + "-warm", perTransaction == 1 ? "tx/s" : "rows/s", transactions * perTransaction / seconds,
            ("transactions", transactions), ("seconds", seconds), ("sourceCpu", after.SourceCpu - before.SourceCpu),
            ("targetCpu", after.TargetCpu - before.TargetCpu), ("applyingSessionsCpu", applying - applyingBefore));
    }

    static string[] Count(int transactions) => ["--transactions", Text(transactions / Clients)];

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    static async Task<long> MarkAsync(Pair pair) =>
        await pair.Source.ScalarAsync<long>(Setup.Database, "INSERT INTO mark DEFAULT VALUES RETURNING id");

    async Task<int> WriteAsync(PostgresServer server)
    {
        var printed = await Pgbench.RunScriptsAsync(
            server, Setup.Database, synchronous ? "" : "-c synchronous_commit=off", scripts,
            ["--protocol", "prepared", "--client", Text(Clients), .. arguments]);
        return PgbenchReport.Transactions(printed);
    }
}
