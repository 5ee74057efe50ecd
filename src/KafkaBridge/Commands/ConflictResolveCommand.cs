using System.Text.Json;
using KafkaBridge.Conflicts;
using KafkaBridge.Postgres;
using KafkaBridge.Rows;
using Npgsql;

namespace KafkaBridge.Commands;

/// <summary>What <c>conflict resolve</c> was asked for.</summary>
/// <param name="Take">remote or local; null where <paramref name="Set"/> is given.</param>
/// <param name="Set">A JSON object of the columns that shall have other values.</param>
internal sealed record ResolveRequest(string? Take, string? Set, string Reason, bool Force);

/// <summary>
/// <c>conflict resolve</c>: a person's decision. It is an ordinary write in an ordinary session on the node that noted the conflict,
/// so it is captured, has a version above both, and reaches every node; the history notes who decided what and why.
/// </summary>
internal sealed class ConflictResolveCommand(CommandContext context)
{
    public async Task<int> RunAsync(string text, ResolveRequest request, CancellationToken ct)
    {
        var id = ConflictId.Parse(text);
        Check(request, id);
        await using var database = await NodeDatabase.OpenAsync(context.Options.Node(id.Node), ct);
        var row = await id.FindAsync(database, ct);
        if (row.Review is { } review && !request.Force)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1093", $"{review.By} has reviewed the conflict {id}", NodeDatabase.Where(database.Node),
                review.Decision, "kafkabridge conflict resolve … --force decides again");
        }

        var tables = await database.AtAsync(connection => Catalog.ReadTablesAsync(connection, [row.Table], ct));
        var table = tables.FirstOrDefault(table => table.Name == row.Relation)
            ?? throw new StoppedException(
                ExitCode.Precondition, "KB1089", $"the table {row.Table} is not there", NodeDatabase.Where(database.Node));
        var by = $"{Environment.UserName}@{Environment.MachineName}";
        var decision = $"{(request.Take is { } side ? $"took {side}" : "set other values")}: {request.Reason}";

        await using var person = await OpenAsync(database.Node, ct);
        var (done, ids) = await person.AtAsync(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var written = await WriteAsync(connection, id, row, table, request, ct);
            var reviewed = await row.ReviewAsync(connection, by, decision, ct);
            await transaction.CommitAsync(ct);
            return (written, reviewed);
        });

        var elsewhere = await ReviewElsewhereAsync(id, row, by, decision, ct);
        List<string> all = [.. ids.Select(one => new ConflictId(id.Node, one).ToString()), .. elsewhere];
        if (context.Json)
        {
            context.WriteJson(new { schemaVersion = 1, id = id.ToString(), node = id.Node, done, reviewed = all });
        }
        else
        {
            context.Output.WriteLine(done is null
                ? $"{row.Table} {row.Key} stays as it is"
                : $"{row.Table} {row.Key}: {done} on {id.Node}, from where it goes to all nodes");
            context.Output.WriteLine($"reviewed: {string.Join(", ", all)}");
        }

        return ExitCode.Ok;
    }

    static void Check(ResolveRequest request, ConflictId id)
    {
        var wrong = (request.Take is null) == (request.Set is null) ? "either --take or --set is needed"
            : string.IsNullOrWhiteSpace(request.Reason) ? "--reason is empty: who reads the history later wants to know"
            : null;
        if (wrong is not null)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1002", wrong, tryThis: $"kafkabridge conflict resolve {id} --take remote --reason \"…\"");
        }
    }

    /// <summary>Triggers and foreign keys shall see the write as any other.</summary>
    static async Task<NodeDatabase> OpenAsync(Options.NodeOptions node, CancellationToken ct)
    {
        var database = await NodeDatabase.OpenForPersonAsync(node, ct);
        try
        {
            if (await database.ScalarAsync<string>("SELECT pg_catalog.current_setting('session_replication_role')", ct) != "origin")
            {
                await database.ExecuteAsync("SET session_replication_role = origin", ct);
            }

            return database;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            await database.DisposeAsync();
            throw new StoppedException(
                ExitCode.Precondition, "KB1094", "the node's role writes as a replica", NodeDatabase.Where(node),
                $"the tables' triggers and foreign keys would not see it; {refused.MessageText}",
                "give the command a file (-c) whose dsn names a role that writes to the tables as a user does", refused);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    static async Task<string?> WriteAsync(
        NpgsqlConnection connection, ConflictId id, ConflictRow row, TableDefinition table, ResolveRequest request, CancellationToken ct)
    {
        if (row.IsMerged && !request.Force)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1096", $"what the conflict {id} came to is not kept: its columns were put together", row.Table,
                row.Resolver, $"kafkabridge row history {row.Table} '{row.Key}' shows what was written since; --force writes all the same");
        }

        var (key, kept) = (JsonTexts.Parse(row.Key), Noted(row.Kept));
        var wanted = request.Take is { } side ? Noted(side == "remote" ? row.Remote : row.Local) : Set(request.Set!, table);
        if (row.IsBetweenTwoRows)
        {
            return request.Take == (row.IsRemoteKept ? "remote" : "local")
                ? null
                : throw new StoppedException(
                    ExitCode.Precondition, "KB1095", $"the conflict {id} is between two rows that claim one unique value", row.Table,
                    "which of them shows it is not one row's matter",
                    "write either row by SQL, on any node: the hidden one comes back by itself when the value is free");
        }

        var target = new DecidedRow(connection, table, key);
        var present = await target.LockAsync(ct);
        if (!RowTexts.IsStill(present, kept, row.IsCut) && !request.Force)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1096", $"the row {row.Key} of {row.Table} has changed since the conflict {id}", null,
                present is null ? "it is no longer there" : $"it is now {JsonSerializer.Serialize(present, ReadableJson.Line)}",
                $"kafkabridge row history {row.Table} '{row.Key}' shows by whom; --force writes all the same");
        }

        if (RowTexts.IsStill(present, wanted, row.IsCut) && request.Take is not null)
        {
            // What was kept is right; where its version is not known it needs one that all nodes know.
            return row.IsVersionUnknown && present is not null ? await target.WriteAgainAsync(ct) : null;
        }

        return row.IsCut && request.Take is not null && wanted is not null
            ? throw new StoppedException(
                ExitCode.Precondition, "KB1097", $"the history keeps the values of the conflict {id} cut", null,
                "long values are not kept whole", $"kafkabridge row history {row.Table} '{row.Key}' -o json has them; give them by --set")
            : await target.WriteAsync(present, wanted, ct);
    }

    static Dictionary<string, string?>? Noted(ConflictSide side) => side.Tuple is { } tuple ? JsonTexts.Parse(tuple) : null;

    static Dictionary<string, string?> Set(string json, TableDefinition table)
    {
        Dictionary<string, string?> wanted;
        try
        {
            wanted = JsonTexts.Parse(json);
        }
        catch (JsonException wrong)
        {
            throw new StoppedException(ExitCode.Usage, "KB1098", $"--set is no JSON object: {wrong.Message}", inner: wrong);
        }

        var others = table.Columns.Where(column => !column.IsKey && !column.IsGenerated).Select(column => column.Name).ToList();
        return wanted.Keys.FirstOrDefault(name => !others.Contains(name)) is { } unknown
            ? throw new StoppedException(
                ExitCode.Usage, "KB1098", $"--set can't give {table.Name} a '{unknown}'", why: $"its columns besides the key are "
                    + string.Join(", ", others))
            : wanted;
    }

    /// <summary>Each node has noted the conflict for itself. One that can't be reached keeps it as not reviewed.</summary>
    async Task<IEnumerable<string>> ReviewElsewhereAsync(ConflictId id, ConflictRow row, string by, string decision, CancellationToken ct)
    {
        var reviewed = new List<string>();
        foreach (var node in context.Options.Nodes.Where(node => node.Name != id.Node))
        {
            try
            {
                await using var database = await NodeDatabase.OpenAsync(node, ct);
                var ids = await database.AtAsync(connection => row.ReviewAsync(connection, by, decision, ct));
                reviewed.AddRange(ids.Select(one => new ConflictId(node.Name, one).ToString()));
            }
            catch (NpgsqlException exception)
            {
                var report = ErrorReport.Of(exception);
                context.Note($"node {node.Name}: {report.What}: {report.Why}. Its history does not show the review");
            }
        }

        return reviewed;
    }
}
