using System.Diagnostics;
using KafkaBridge.Changes;
using KafkaBridge.Gates;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Monitoring;
using KafkaBridge.Postgres;

namespace KafkaBridge.Commands;

/// <summary>
/// Waits until every node has applied what was committed on every other before the command started, and to itself what it
/// must of its own (deletes and the like, which leave tombstones). Writes nothing anywhere.
/// </summary>
internal sealed class WaitCommand(CommandContext context)
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    readonly long started = Stopwatch.GetTimestamp();

    /// <summary>Of one origin: its WAL's end when the command started, and the last transactions before it, once the spine tells.</summary>
    sealed record Goal(NodeClaim Origin, Lsn WalEnd)
    {
        public TransactionPosition? Last { get; set; }

        /// <summary>The last one that the origin itself has to apply.</summary>
        public TransactionPosition? LastOwn { get; set; }

        public bool IsKnown { get; set; }

        public TransactionPosition? For(string node) => node == Origin.Name ? LastOwn : Last;
    }

    public async Task<int> RunAsync(TimeSpan timeout, CancellationToken ct)
    {
        var options = context.Options;
        await using var databases = await NodeDatabases.OpenAsync(options.Nodes, ct);
        var ends = new Dictionary<string, Lsn>();
        foreach (var database in databases)
        {
            ends[database.Node.Name] = Lsn.Parse((await database.ScalarAsync<string>(EndSql, ct))!).WithoutPageHeader();
        }

        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var config = RunGate.RequirePublished(options, membership.Config);
        var goals = new List<Goal>();
        foreach (var database in databases)
        {
            var claim = membership.Nodes.FirstOrDefault(claim => claim.Name == database.Node.Name)
                ?? throw new StoppedException(
                    ExitCode.Precondition, "KB1015", $"the node {database.Node.Name} has no number in the cluster",
                    NodeDatabase.Where(database.Node), null, $"kafkabridge apply -c {options.File} --yes");
            goals.Add(new Goal(claim, ends[claim.Name]));
        }

        await BehindAsync(databases, goals, ct); // what can't be read is said at once
        foreach (var goal in goals)
        {
            await Task.Run(() => FindLast(settings, goal, config.PerNode, databases, timeout, ct), ct);
        }

        while (true)
        {
            var behind = await BehindAsync(databases, goals, ct);
            if (behind.Count == 0)
            {
                if (context.Json)
                {
                    context.WriteJson(new { schemaVersion = 1, caughtUp = true, seconds = Elapsed.TotalSeconds });
                }

                return ExitCode.Ok;
            }

            if (Elapsed > timeout)
            {
                throw new StoppedException(
                    ExitCode.TimedOut, "KB1090", $"not caught up within {timeout.TotalSeconds:0.#} s", null, string.Join("; ", behind),
                    "kafkabridge status shows what each node does; is `kafkabridge run` running for all of them?");
            }

            await Task.Delay(Poll, ct);
        }
    }

    /// <summary>
    /// A commit of its own has the server write out its log up to there: what an open transaction wrote, or a read that tidied a page,
    /// may lie there unread for 15 s and longer, and looks like a capture that is behind.
    /// </summary>
    const string EndSql = "SELECT pg_catalog.pg_current_wal_insert_lsn()::text, pg_catalog.pg_current_xact_id()";

    TimeSpan Elapsed => Stopwatch.GetElapsedTime(started);

    /// <summary>
    /// The last transaction at or before the WAL's end, from the origin's spine; unknown while the spine hasn't got
    /// that far.
    /// </summary>
    void FindLast(
        KafkaSettings settings, Goal goal, int perNode, NodeDatabases databases, TimeSpan timeout, CancellationToken ct)
    {
        var from = long.MaxValue;
        foreach (var database in databases)
        {
            var positions = AppliedPosition.ReadAsync(database, ct).GetAwaiter().GetResult();
            from = Math.Min(from, positions.FirstOrDefault(position => position.Writer == goal.Origin.Number)?.SpineOffset ?? 0);
        }

        using var scan = SpineScan.Open(settings, context.Options, goal.Origin.Number, perNode, from == long.MaxValue ? 0 : from);
        while (Elapsed < timeout)
        {
            ct.ThrowIfCancellationRequested();
            if (scan.Next(Poll) is not { } record)
            {
                continue;
            }

            foreach (var transaction in record.Transactions.Where(transaction => transaction.CommitLsn <= goal.WalEnd))
            {
                goal.Last = new TransactionPosition(record.Epoch, transaction.CommitLsn);
                goal.LastOwn = transaction.SelfApply ? goal.Last : goal.LastOwn;
            }

            if (record.DecodedLsn >= goal.WalEnd)
            {
                goal.IsKnown = true;
                return;
            }
        }
    }

    /// <summary>Waiting on does not help where a person must decide.</summary>
    static async Task RequireNotHaltedAsync(NodeDatabase database, Goal goal, CancellationToken ct)
    {
        var halts = await database.AtAsync(connection => Halt.ReadAsync(connection, ct));
        if (halts.FirstOrDefault(halt => halt.Writer == goal.Origin.Number) is { } halt)
        {
            throw new StoppedException(
                ExitCode.ApplyHalted, "KB1080", $"{database.Node.Name} has halted the changes of {goal.Origin.Name}",
                NodeDatabase.Where(database.Node), halt.Sentence,
                halt.Id is null ? "kafkabridge status" : $"kafkabridge tx retry {halt.Id}, once the cause is removed");
        }
    }

    static async Task<List<string>> BehindAsync(NodeDatabases databases, List<Goal> goals, CancellationToken ct)
    {
        var behind = new List<string>();
        foreach (var goal in goals.Where(goal => !goal.IsKnown))
        {
            behind.Add($"{goal.Origin.Name} has not published its WAL up to {goal.WalEnd}: its capture is behind or not running");
        }

        foreach (var database in databases)
        {
            var positions = await AppliedPosition.ReadAsync(database, ct);
            foreach (var goal in goals.Where(goal => goal.IsKnown))
            {
                if (goal.For(database.Node.Name) is not { } last)
                {
                    continue;
                }

                var at = positions.FirstOrDefault(position => position.Writer == goal.Origin.Number)?.Position ?? default;
                if (at < last)
                {
                    await RequireNotHaltedAsync(database, goal, ct);
                    var bytes = at.Epoch == last.Epoch ? $", {last.CommitLsn.Value - at.CommitLsn.Value} bytes of WAL" : "";
                    var whom = goal.Origin.Name == database.Node.Name ? "itself (its own deletes)" : goal.Origin.Name;
                    behind.Add($"{database.Node.Name} is behind {whom}: at {at}, not {last}{bytes}");
                }
            }
        }

        return behind;
    }
}
