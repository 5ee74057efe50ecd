using System.Globalization;
using System.Text.Json;
using KafkaBridge.Conflicts;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Options;

namespace KafkaBridge.Commands;

/// <summary><c>conflict list</c>, <c>show</c> and <c>explain</c>. A conflict is named node:id, as each node has its own history.</summary>
internal sealed class ConflictCommands(CommandContext context)
{
    readonly BridgeOptions options = context.Options;

    /// <param name="node">Null: every node's.</param>
    public async Task<int> ListAsync(string? node, int limit, ConflictFilter filter, CancellationToken ct)
    {
        var names = await NamesAsync(ct);
        var found = new List<(string Node, ConflictRow Row)>();
        foreach (var one in node is null ? options.Nodes : [options.Node(node)])
        {
            await using var database = await NodeDatabase.OpenAsync(one, ct);
            var rows = await database.AtAsync(connection => ConflictRow.NewestAsync(connection, limit, filter, ct));
            found.AddRange(rows.Select(row => (one.Name, row)));
        }

        if (context.Json)
        {
            context.WriteJson(new { schemaVersion = 1, conflicts = found.Select(one => Json(one.Node, one.Row, names)) });
        }
        else
        {
            context.WriteTable(
                ["id", "seen", "table", "key", "kind", "resolution", "remote", "local", "reviewed"],
                [.. found.Select(one => (IReadOnlyList<string>)
                [
                    Name(one.Node, one.Row), one.Row.SeenAt.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture),
                    one.Row.Table, one.Row.Key, one.Row.Kind, one.Row.Resolution, names(one.Row.Remote.Writer), names(one.Row.Local.Writer),
                    one.Row.Review?.Decision ?? "",
                ])]);
        }

        return ExitCode.Ok;
    }

    public async Task<int> ShowAsync(string id, CancellationToken ct)
    {
        var (node, row) = await FindAsync(id, ct);
        context.WriteJson(Json(node, row, await NamesAsync(ct)));
        return ExitCode.Ok;
    }

    public async Task<int> ExplainAsync(string id, CancellationToken ct)
    {
        var (node, row) = await FindAsync(id, ct);
        var sentence = row.Sentence(await NamesAsync(ct));
        if (context.Json)
        {
            context.WriteJson(new { schemaVersion = 1, id = Name(node, row), sentence });
        }
        else
        {
            context.Output.WriteLine(sentence);
        }

        return ExitCode.Ok;
    }

    async Task<(string Node, ConflictRow Row)> FindAsync(string text, CancellationToken ct)
    {
        var id = ConflictId.Parse(text);
        await using var database = await NodeDatabase.OpenAsync(options.Node(id.Node), ct);
        return (id.Node, await id.FindAsync(database, ct));
    }

    async Task<Func<int, string>> NamesAsync(CancellationToken ct)
    {
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        await using var membership = await Membership.OpenAsync(settings, Wiring.Topics(options), ct);
        var names = membership.Nodes.ToDictionary(claim => claim.Number, claim => claim.Name);
        return number => names.GetValueOrDefault(number) ?? string.Create(CultureInfo.InvariantCulture, $"node {number}");
    }

    static string Name(string node, ConflictRow row) => new ConflictId(node, row.Id).ToString();

    static object Json(string node, ConflictRow row, Func<int, string> names) => new
    {
        id = Name(node, row),
        seenAt = row.SeenAt,
        table = row.Table,
        key = Parsed(row.Key),
        kind = row.Kind,
        resolution = row.Resolution,
        resolver = row.Resolver,
        hasOmittedValues = row.IsCut,
        missing = row.Missing is not { } missing ? null : new
        {
            constraint = missing.Constraint,
            table = missing.Table,
            key = Parsed(missing.Key),
        },
        remote = Json(row.Remote, names),
        local = Json(row.Local, names),
        review = row.Review is not { } review ? null : new { by = review.By, at = review.At, decision = review.Decision },
    };

    static object Json(ConflictSide side, Func<int, string> names) => new
    {
        node = names(side.Writer),
        epoch = side.Epoch,
        commitLsn = side.CommitLsn,
        xid = side.Xid,
        commitTime = side.CommitTime,
        tick = side.Tick,
        row = side.Tuple is { } tuple ? Parsed(tuple) : (JsonElement?)null,
    };

    static JsonElement Parsed(string json) => JsonDocument.Parse(json).RootElement;
}
