using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Monitoring;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Commands;

/// <summary>
/// How far each node is with each other's changes: read from databases and Kafka, so it works from anywhere and
/// whether or not bridges run.
/// </summary>
internal sealed class StatusCommand(CommandContext context)
{
    /// <summary>Spine records read for one origin at most; beyond, the counts are lower bounds.</summary>
    const int LargestScan = 100_000;

    static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);

    readonly BridgeOptions options = context.Options;

    sealed record Pending(
        string Origin, TransactionPosition? Applied, long Events, long Transactions, long LagBytes, double LagSeconds, string State)
    {
        public Halt? Halt { get; init; }
    }

    sealed record NodeState(
        string Name,
        int? Number,
        string State,
        string? Error,
        Lsn? Wal,
        Lsn? Captured,
        SlotState? Slot,
        IReadOnlyDictionary<string, long> Conflicts,
        IReadOnlyList<Pending> Origins)
    {
        /// <summary>Why it takes nothing of any other node; null: it does.</summary>
        public string? Waits { get; init; }

        /// <summary>WAL written and not yet in Kafka; null: one of the two is not known.</summary>
        public long? UnpublishedBytes =>
            Wal is { } wal && Captured is { } captured ? (long)Math.Max(wal.Value, captured.Value) - (long)captured.Value : null;
    }

    static readonly IReadOnlyDictionary<string, long> NoConflicts = new Dictionary<string, long>();

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var perNode = membership.Config?.PerNode ?? options.PartitionsPerNode;
        var nodes = new List<NodeState>();
        foreach (var node in options.Nodes)
        {
            nodes.Add(await ReadAsync(settings, node, membership, perNode, ct));
        }

        Write(nodes, membership);
        return ExitCode.Ok;
    }

    async Task<NodeState> ReadAsync(KafkaSettings settings, NodeOptions node, Membership membership, int perNode, CancellationToken ct)
    {
        var claim = membership.Nodes.FirstOrDefault(claim => claim.Name == node.Name);
        var captured = membership.Reports.GetValueOrDefault(node.Name)?.CapturedLsn;
        try
        {
            await using var database = await NodeDatabase.OpenAsync(node, ct);
            var slot = await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, options.SlotName(node), ct));
            var wal = Lsn.Parse((await database.ScalarAsync<string>("SELECT pg_catalog.pg_current_wal_insert_lsn()::text", ct))!);
            if (claim is null || !await database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('kafkabridge.position') IS NOT NULL", ct))
            {
                return new NodeState(node.Name, claim?.Number, "not set up", null, wal, captured, slot, NoConflicts, []);
            }

            var conflicts = await ConflictsAsync(database, ct);
            var positions = await AppliedPosition.ReadAsync(database, ct);
            var halts = await database.AtAsync(connection => Halt.ReadAsync(connection, ct));
            var lost = await database.AtAsync(connection => LostVersions.ReadAsync(connection, ct));
            var origins = new List<Pending>();
            foreach (var origin in membership.Nodes.Where(
                origin => origin.Number != claim.Number || halts.Any(halt => halt.Writer == claim.Number)))
            {
                var at = positions.FirstOrDefault(position => position.Writer == origin.Number);
                var lag = await Task.Run(() => Lag(settings, origin, perNode, at), ct);
                origins.Add(halts.FirstOrDefault(halt => halt.Writer == origin.Number) is { } halt
                    ? lag with { State = "halted", Halt = halt }
                    : lost is not null ? lag with { State = "waits" } : lag);
            }

            var state = slot is null ? "no slot" : slot.IsLost ? "slot lost" : slot.ActivePid is null ? "stopped" : "running";
            return new NodeState(node.Name, claim.Number, state, null, wal, captured, slot, conflicts, origins)
            {
                Waits = lost is { } before ? LostVersions.Waits(before) : null,
            };
        }
        catch (Exception exception) when (exception is NpgsqlException or StoppedException)
        {
            var report = ErrorReport.Of(exception);
            var reported = membership.Reports.GetValueOrDefault(node.Name);
            var origins = membership.Nodes.Where(
                origin => reported?.Applied.ContainsKey(origin.Number) == true && origin.Number != claim?.Number);
            return new NodeState(
                node.Name, claim?.Number, report.ExitCode == ExitCode.PostgresUnreachable ? "unreachable" : "refused",
                options.Redaction.Apply($"{report.What}: {report.Why}"), null, captured, null, NoConflicts,
                [.. origins.Select(origin => Reported(origin, reported!))]);
        }
    }

    /// <summary>Of a node that can't be asked: what it said last.</summary>
    static Pending Reported(NodeClaim origin, AppliedReport report) =>
        report.Halted.TryGetValue(origin.Number, out var sentence)
            ? new Pending(origin.Name, report.Applied[origin.Number], 0, 0, 0, 0, "halted")
            {
                Halt = new Halt(origin.Number, null, sentence, default),
            }
            : new Pending(origin.Name, report.Applied[origin.Number], 0, 0, 0, 0, "unknown");

    static Task<Dictionary<string, long>> ConflictsAsync(NodeDatabase database, CancellationToken ct) =>
        database.AtAsync(async connection =>
        {
            var conflicts = new Dictionary<string, long>();
            await using var command = new NpgsqlCommand(
                "SELECT conflict_type, count(*) FROM kafkabridge.conflict GROUP BY 1 ORDER BY 1", connection);
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                conflicts.Add(rows.GetString(0), rows.GetInt64(1));
            }

            return conflicts;
        });

    Pending Lag(KafkaSettings settings, NodeClaim origin, int perNode, AppliedPosition? at)
    {
        using var scan = SpineScan.Open(settings, options, origin.Number, perNode, at?.SpineOffset ?? 0);
        var (events, transactions, last, oldest) = (0L, 0L, at?.Position, long.MaxValue);
        for (var read = 0; read < LargestScan && scan.Next(Answer) is { } record; read++)
        {
            foreach (var transaction in record.Transactions)
            {
                var position = new TransactionPosition(record.Epoch, transaction.CommitLsn);
                if (at is not null && position <= at.Position)
                {
                    continue;
                }

                events += transaction.RecordCount;
                transactions++;
                oldest = Math.Min(oldest, transaction.CommitTime);
                last = position;
            }
        }

        var bytes = transactions == 0 || at is null || last!.Value.Epoch != at.Position.Epoch
            ? 0
            : (long)(last.Value.CommitLsn.Value - at.Position.CommitLsn.Value);
        return new Pending(
            origin.Name, at?.Position, events, transactions, bytes, transactions == 0 ? 0 : Math.Max(0, (UnixTime.Now - oldest) / 1e6),
            transactions == 0 ? "caught up" : "behind");
    }

    void Write(List<NodeState> nodes, Membership membership)
    {
        if (context.Json)
        {
            context.WriteJson(new
            {
                schemaVersion = 1,
                cluster = options.Cluster,
                at = DateTime.UtcNow,
                configVersion = membership.Config?.Version,
                nodes = nodes.Select(node => new
                {
                    name = node.Name,
                    number = node.Number,
                    state = node.State,
                    error = node.Error,
                    waits = node.Waits,
                    walLsn = node.Wal?.ToString(),
                    capturedLsn = node.Captured?.ToString(),
                    unpublishedBytes = node.UnpublishedBytes,
                    conflicts = node.Conflicts.Values.Sum(),
                    conflictsByType = node.Conflicts,
                    slot = node.Slot is not { } slot ? null : new
                    {
                        name = slot.Name,
                        active = slot.ActivePid is not null,
                        confirmedLsn = slot.ConfirmedFlush.ToString(),
                        restartLsn = slot.Restart.ToString(),
                        retainedBytes = slot.RetainedBytes,
                        safeBytes = slot.SafeWalBytes,
                        walStatus = slot.WalStatus,
                    },
                    origins = node.Origins.Select(origin => new
                    {
                        origin = origin.Origin,
                        epoch = origin.Applied?.Epoch,
                        commitLsn = origin.Applied?.CommitLsn.ToString(),
                        lagBytes = origin.LagBytes,
                        lagSeconds = origin.LagSeconds,
                        lagEvents = origin.Events,
                        lagTransactions = origin.Transactions,
                        state = origin.State,
                        halt = origin.Halt is not { } halt ? null : new { id = halt.Id, sentence = halt.Sentence },
                    }),
                }),
            });
            return;
        }

        context.WriteTable(
            ["node", "state", "slot", "retained", "unpublished", "conflicts", "origin", "applied", "behind", "events", "seconds", "bytes"],
            [.. nodes.SelectMany(Rows)]);
        foreach (var node in nodes.Where(node => node.Conflicts.Count > 0))
        {
            context.Note($"node {node.Name}: {string.Join(", ", node.Conflicts.Select(type => $"{type.Value} {type.Key}"))}");
        }

        foreach (var node in nodes.Where(node => node.Error is not null))
        {
            context.Note($"node {node.Name}: {node.Error}");
        }

        foreach (var node in nodes.Where(node => node.Waits is not null))
        {
            context.Note($"node {node.Name} waits: {node.Waits}");
        }

        foreach (var (node, origin) in nodes.SelectMany(
            node => node.Origins.Where(origin => origin.Halt is not null).Select(origin => (node, origin))))
        {
            context.Note($"node {node.Name}: {origin.Halt!.Sentence}");
        }
    }

    static IEnumerable<IReadOnlyList<string>> Rows(NodeState node)
    {
        string[] own =
        [
            node.Name, node.State, node.Slot?.WalStatus ?? "-", node.Slot is null ? "-" : Number(node.Slot.RetainedBytes),
            node.UnpublishedBytes is { } bytes ? Number(bytes) : "-", Number(node.Conflicts.Values.Sum()),
        ];
        return node.Origins.Count == 0
            ? [[.. own, "-", "-", "-", "-", "-", "-"]]
            : node.Origins.Select(origin => (IReadOnlyList<string>)
                [
                    .. own, origin.Origin, origin.Applied?.ToString() ?? "-", origin.State, Number(origin.Events),
                    origin.LagSeconds.ToString("0.0", CultureInfo.InvariantCulture), Number(origin.LagBytes),
                ]);
    }

    static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
