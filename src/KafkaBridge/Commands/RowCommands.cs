using System.Globalization;
using System.Text.Json;
using KafkaBridge.Changes;
using KafkaBridge.Gates;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using KafkaBridge.Rows;
using Npgsql;

namespace KafkaBridge.Commands;

/// <summary><c>row history</c>: who wrote one row what and when, from the log; which version won and why.</summary>
internal sealed class RowCommands(CommandContext context)
{
    /// <summary>Characters of a value in the table; -o json has all.</summary>
    const int ShownLength = 40;

    readonly BridgeOptions options = context.Options;

    /// <param name="limit">The newest writes.</param>
    public async Task<int> HistoryAsync(string table, string keyText, int limit, CancellationToken ct)
    {
        if (limit < 1)
        {
            throw new StoppedException(ExitCode.Usage, "KB1002", $"--limit must be at least 1, not {limit}");
        }

        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var config = RunGate.RequirePublished(options, membership.Config);
        var name = Replicated(table, config);
        var key = await KeyAsync(name, keyText, ct);
        await using var registry = await Wiring.OpenRegistryAsync(options, settings, number: null, ct);
        using var log = new KeyLog(settings, options, registry, config.PerNode, limit, context.Note);
        var read = await Task.Run(() => log.ReadAsync(key, membership.Nodes, ct), ct);
        var names = membership.Nodes.ToDictionary(claim => claim.Number, claim => claim.Name);
        var steps = RowStory.Tell(
            read.Writes, options.Conflicts.For(name.ToString()), options.Conflicts.Priorities(membership.Nodes), number => names[number],
            read.IsCut);
        if (steps.Count == 0)
        {
            throw new StoppedException(
                ExitCode.Failed, "KB1092", $"the log has no write of {name} {key}", Wiring.Topics(options).ForTable(name),
                string.Join("; ", read.Reaches), $"kafkabridge topic tap {name} shows all of the table's");
        }

        Write(name, key, steps, read, names);
        return ExitCode.Ok;
    }

    static RelationName Replicated(string table, PublishedConfig config)
    {
        var names = config.Tables.Select(TableName.Parse).ToList();
        return names.Find(name => name.ToString() == table || TableName.Text(name) == table || name.ToString() == "public." + table)
            ?? throw new StoppedException(
                ExitCode.Usage, "KB1089", $"the table {table} is not replicated",
                why: $"replicated are {string.Join(", ", names.Take(20))}{(names.Count > 20 ? ", …" : "")}",
                tryThis: NearestName.Of(table, names.Select(name => name.ToString())));
    }

    /// <summary>Any node's database says how the key's values are written; the first that can be reached is asked.</summary>
    async Task<RowKey> KeyAsync(RelationName name, string text, CancellationToken ct)
    {
        for (var node = 0; ; node++)
        {
            try
            {
                await using var database = await NodeDatabase.OpenAsync(options.Nodes[node], ct);
                var found = await database.AtAsync(connection => Catalog.ReadTablesAsync(connection, [name.ToString()], ct));
                if (found.FirstOrDefault(table => table.Name == name) is { } table)
                {
                    return await RowKey.ParseAsync(text, table, Wiring.Topics(options).ForTable(name), database, ct);
                }

                throw new StoppedException(
                    ExitCode.Precondition, "KB1089", $"the table {name} is not there", NodeDatabase.Where(database.Node), null,
                    "kafkabridge check");
            }
            catch (NpgsqlException exception) when (exception is not PostgresException && node + 1 < options.Nodes.Count)
            {
                context.Note($"node {options.Nodes[node].Name} can't be reached; {options.Nodes[node + 1].Name} is asked");
            }
        }
    }

    void Write(
        RelationName name, RowKey key, IReadOnlyList<RowStep> steps, KeyWrites read, Dictionary<int, string> names)
    {
        if (context.Json)
        {
            context.WriteJson(new
            {
                schemaVersion = 1,
                table = name.ToString(),
                key = key.Columns.Zip(key.Values).ToDictionary(pair => pair.First, pair => pair.Second),
                isWhole = !read.IsCut && read.Reaches.All(reach => reach.First == 0),
                log = read.Reaches.Select(reach => new
                {
                    node = reach.Node,
                    topic = reach.Place.Topic,
                    partition = reach.Place.Partition.Value,
                    firstOffset = reach.First,
                    since = reach.Oldest,
                }),
                steps = steps.Select(step => Json(step, names)),
            });
            return;
        }

        context.Output.WriteLine($"{name} {key}");
        context.WriteTable(
            ["committed (UTC)", "node", "tick", "position", "record", "did", "outcome", "values", "why"],
            [.. steps.Select(step => (IReadOnlyList<string>)
            [
                step.Write.CommitTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture), names[step.Write.Node],
                step.Write.Stamp.Version.Tick.ToString(CultureInfo.InvariantCulture), step.Write.Position.ToString(),
                step.Write.Place.ToString(), RowStory.Noun(step.Write), Outcome(step), Values(step),
                step.Because + (step.Conflict is { } kind ? $" ({kind})" : ""),
            ])]);
        if (steps.Any(step => step.IsPutTogether))
        {
            context.Note(
                "what a function returned is not in the log, and may be no row: where it decided last, the row on any node says it");
        }

        if (!key.IsEqualAsText)
        {
            context.Note($"only writes whose key is written as {key} are shown: its type has equal values that are written otherwise");
        }

        if (read.IsCut)
        {
            context.Note($"the newest {steps.Count} writes; there are earlier ones (--limit)");
        }

        foreach (var reach in read.Reaches.Where(reach => reach.First > 0))
        {
            context.Note($"what was before is no longer kept: {reach}");
        }

        if (read.Unnamed > 0)
        {
            context.Note($"{read.Unnamed} records that no entry of the spine names are left out: unfinished attempts, or older than it is "
                + "kept");
        }
    }

    static string Outcome(RowStep step) => step.Outcome switch
    {
        RowOutcome.Stands => step.Write.Removes ? "stands: no row" : "stands",
        RowOutcome.Followed => "followed",
        _ => "lost",
    };

    static string Values(RowStep step) => string.Join(", ", step.Values.Select(value => value.Column + ": " + (step.Write switch
    {
        { Removes: true } => $"{Shown(value.Old)} →",
        { Op: 'c' or 'r' } => Shown(value.New),
        _ => $"{Shown(value.Old)} → {Shown(value.New)}",
    })));

    static string Shown(ColumnValue? value)
    {
        if (value is not { } known)
        {
            return "?";
        }

        if (known.Kind == ColumnValueKind.Null)
        {
            return "NULL";
        }

        var text = known.ToString()!.ReplaceLineEndings(" ");
        return $"'{(text.Length <= ShownLength ? text : text[..ShownLength] + "…")}'";
    }

    static object Json(RowStep step, Dictionary<int, string> names) => new
    {
        node = names[step.Write.Node],
        operation = RowStory.Noun(step.Write),
        commitTime = step.Write.CommitTime,
        tick = step.Write.Stamp.Version.Tick,
        isLifted = step.Write.Transaction.IsLifted,
        epoch = step.Write.Header.Epoch,
        commitLsn = step.Write.Header.CommitLsn.ToString(),
        ordinal = step.Write.Header.Ordinal,
        xid = step.Write.Transaction.Xid,
        topic = step.Write.Place.Topic,
        partition = step.Write.Place.Partition,
        offset = step.Write.Place.Offset,
        isPutTogether = step.IsPutTogether,
        outcome = JsonNamingPolicy.CamelCase.ConvertName(step.Outcome.ToString()),
        conflict = step.Conflict,
        because = step.Because,
        values = step.Values.ToDictionary(
            value => value.Column,
            value => new { isOldKnown = value.Old is not null, old = value.Old?.ToString(), @new = value.New?.ToString() }),
    };
}
