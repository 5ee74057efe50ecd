using System.Globalization;
using KafkaBridge.Apply.Applying;
using KafkaBridge.Apply.Folding;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;
using KafkaBridge.SimulationTests.Model;
using KafkaBridge.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace KafkaBridge.Campaigns;

/// <summary>
/// One real database with a table whose rules need its rows' history: users write, capture is played here (what changed is seen by
/// reading before and after), the real <see cref="FoldWriter"/> applies, its own changes too, and the real collection collects.
/// </summary>
sealed class FoldedAgreementNode(
    int number, string name, AppliedDatabase installed, NpgsqlConnection user, NpgsqlConnection session) : IAsyncDisposable
{
    public const int Nodes = 3;

    const string Table =
        """
        CREATE TABLE public.f (id int PRIMARY KEY, w int NOT NULL, l int NOT NULL, d int NOT NULL, mx int NOT NULL, mn int NOT NULL,
          s int[] NOT NULL, t text NOT NULL, j jsonb NOT NULL);
        ALTER TABLE public.f REPLICA IDENTITY FULL
        """;

    static readonly int[] Priorities = [1, 0];

    readonly List<(SpineRecord Record, IReadOnlyList<(string?[]? Old, string?[]? New)> Changes)> log = [];
    readonly List<PublishedTransaction> published = [];
    readonly int[] cursors = new int[Nodes];
    readonly Knowledge?[] known = new Knowledge?[Nodes];
    FoldedTables tables = new([], new Dictionary<RelationName, TableRule>(), []);
    FoldedTable table = null!;
    FunctionAnswers answers = null!;
    ClusterProgress progress = new();
    Watermarks promises = new(Enumerable.Range(0, Nodes));
    VersionAssigner versions = new(0, 0, 0);
    int writerNow = -1;

    public int Number => number;

    public IReadOnlyList<PublishedTransaction> Published => published;

    public bool IsAtEnd(FoldedAgreementNode origin) => cursors[origin.Number] == origin.log.Count;

    public static async Task<FoldedAgreementNode> CreateAsync(PostgresServer server, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"folded{number}");
        var installed = await AppliedDatabase.CreateAsync(server, name, $"{Table}; {AgreementFunction.Sql}", number);
        var session = new NpgsqlConnection(SessionSettings.ForApply(server.ConnectionString(name)));
        await session.OpenAsync();
        await SessionSettings.BecomeReplicaAsync(session, default);
        return new FoldedAgreementNode(number, name, installed, await server.ConnectAsync(name), session);
    }

    /// <summary>All is as it was at first, and the table has these rules.</summary>
    public async Task BeginAsync(TableRule rule)
    {
        await SqlAsync(user, "DELETE FROM f; DELETE FROM kafkabridge.row_history; DELETE FROM kafkabridge.conflict");
        var definition = installed.Tables[0];
        tables = new FoldedTables([definition], new Dictionary<RelationName, TableRule> { [definition.Name] = rule }, Priorities);
        table = tables.Find(definition.Oid)!;
        var function = await RowFunction.ReadAsync(session, new RelationName("public", AgreementFunction.Name), definition, default);
        answers = new FunctionAnswers(session, _ => function!.Digest, AgreementFunction.Node);
        log.Clear();
        published.Clear();
        Array.Clear(cursors);
        Array.Clear(known);
        (progress, promises, versions) = (new(), new(Enumerable.Range(0, Nodes)), new(0, 0, 0));
    }

    /// <summary>By key, as the log writes them.</summary>
    public async Task<SortedDictionary<int, string?[]>> RowsAsync()
    {
        await using var command = new NpgsqlCommand("SELECT id, w, l, d, mx, mn, s::text, t, j::text FROM f", user);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new SortedDictionary<int, string?[]>();
        while (await reader.ReadAsync())
        {
            string?[] row = [.. Enumerable.Range(0, reader.FieldCount)
                .Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture))];
            rows.Add(reader.GetInt32(0), row);
        }

        return rows;
    }

    public async Task CommitAsync(string statements, FoldedValues values)
    {
        var before = await RowsAsync();
        if (await UserCommit.RunAsync(user, statements) is not { } commit)
        {
            return;
        }

        var after = await RowsAsync();
        var changes = before.Where(row => !after.ContainsKey(row.Key)).Select(gone => (Old: (string?[]?)gone.Value, New: (string?[]?)null))
            .Concat(after.Where(row => !before.TryGetValue(row.Key, out var same) || !same.SequenceEqual(row.Value))
                .Select(row => (Old: before.GetValueOrDefault(row.Key), New: (string?[]?)row.Value)))
            .ToList();
        if (changes.Count == 0)
        {
            return;
        }

        var transaction = new SpineTransaction
        {
            CommitLsn = commit.Lsn,
            Xid = commit.Xid,
            CommitTime = commit.Time,
            VersionTick = versions.Assign(commit.Time),
            SelfApply = true,
            RecordCount = changes.Count,
            Extents = [],
            Vector = [.. known.OfType<Knowledge>().Where(one => one.Node != number)],
        };
        log.Add((Record(commit.Lsn, [transaction]), changes));
        published.Add(new PublishedTransaction(
            number, commit.Lsn, commit.Xid, commit.Time, transaction.VersionTick, SelfApply: true,
            [.. changes.Select((change, at) => Logged(change.Old, change.New, 2 * at, values))], transaction.Vector));
    }

    /// <summary>No later transaction of this node has a tick at or below this; and what it has applied, itself included.</summary>
    public void Promise(long tick)
    {
        versions.Promise(tick);
        log.Add((Record(Lsn.Invalid, []), []));
    }

    /// <summary>Applies the next of a node's log, this one's own too.</summary>
    /// <returns>False: there is none, or something comes first that its writer had applied.</returns>
    public async Task<bool> DeliverAsync(FoldedAgreementNode origin)
    {
        if (IsAtEnd(origin))
        {
            return false;
        }

        var (record, changes) = origin.log[cursors[origin.Number]];
        if (record.Transactions is [var transaction])
        {
            if (!progress.Covers(transaction.Vector))
            {
                return false;
            }

            await ApplyAsync(origin.Number, new Batch.Entry(record, transaction, 0, 0), changes);
        }

        cursors[origin.Number]++;
        progress.Note(origin.Number, record);
        promises.Note(origin.Number, record.Watermark);
        progress.Settled = promises.Least;
        return true;
    }

    public Task CollectAsync() => FoldCollection.RunAsync(session, tables, [.. Enumerable.Range(0, Nodes)], progress, default);

    public async Task<long> HistoriesAsync()
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM kafkabridge.row_history", user);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await installed.DisposeAsync();
        await user.DisposeAsync();
    }

    /// <summary>A row as the model writes it: sets without braces, JSON without spaces.</summary>
    public static string[]? Model(string?[]? row) =>
        row is not [.. var plain, { } set, { } text, { } json] ? null
            : [.. plain.Select(value => value!), set.Trim('{', '}'), text, json.Replace(" ", "", StringComparison.Ordinal)];

    static LoggedChange Logged(string?[]? old, string?[]? row, int ordinal, FoldedValues values) => new(
        row is null ? IncomingOperation.Delete : old is null ? IncomingOperation.Insert : IncomingOperation.Update,
        int.Parse((row ?? old)![0]!, CultureInfo.InvariantCulture), values.NumberOf(Model(row)), default, default, ordinal)
    {
        OldValue = old is null ? null : values.NumberOf(Model(old)),
    };

    SpineRecord Record(Lsn lsn, SpineTransaction[] transactions) => new()
    {
        Kind = transactions.Length > 0 ? SpineKind.Transactions : SpineKind.Heartbeat,
        Node = number,
        Session = 1,
        Epoch = 1,
        ConfigVersion = 1,
        DecodedLsn = lsn,
        Watermark = versions.Watermark,
        Transactions = transactions,
        Applied = [.. known.OfType<Knowledge>()],
    };

    async Task ApplyAsync(int writer, Batch.Entry entry, IReadOnlyList<(string?[]? Old, string?[]? New)> changes)
    {
        if (writerNow != writer)
        {
            if (writerNow >= 0)
            {
                await ReplicationOrigin.ResetAsync(session, default);
            }

            await ReplicationOrigin.Of(name, writer, number, 0).SetupAsync(session, default);
            writerNow = writer;
        }

        await SqlAsync(session, "BEGIN");
        await SqlAsync(
            session, "SELECT pg_catalog.pg_replication_origin_xact_setup($1, $2)",
            (new NpgsqlLogSequenceNumber(entry.Transaction.CommitLsn.Value), NpgsqlDbType.PgLsn),
            (entry.CommitTime, NpgsqlDbType.TimestampTz));
        await new FoldWriter(session, writer, number, progress, answers).ApplyAsync(
            [.. changes.Select((change, at) => new FoldedChange(
                table, change.Old, change.New, table.KeyOf((change.New ?? change.Old)!), 2 * at, 0, 0))],
            entry, default);
        await SqlAsync(session, "COMMIT");
        progress.Note(writer, entry.Position);
        known[writer] = new Knowledge(writer, entry.Position, entry.Transaction.VersionTick);
        versions.NoteApplied(writer == number ? 0 : entry.Transaction.VersionTick);
    }

    static async Task SqlAsync(NpgsqlConnection connection, string sql, params (object Value, NpgsqlDbType Type)[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (value, type) in values)
        {
            command.Parameters.Add(new() { Value = value, NpgsqlDbType = type });
        }

        await command.ExecuteNonQueryAsync();
    }
}
