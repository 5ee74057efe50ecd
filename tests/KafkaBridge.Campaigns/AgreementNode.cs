using System.Globalization;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.SimulationTests.Model;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>
/// One real database whose users write, whose capture is played here (what changed is seen by reading before and after), and whose
/// applier is the generated SQL.
/// </summary>
sealed class AgreementNode(int number, AppliedDatabase applied, NpgsqlConnection user) : IAsyncDisposable
{
    public const string Table =
        """
        CREATE TABLE public.t (id int PRIMARY KEY, v int NOT NULL, a int UNIQUE DEFERRABLE, b int);
        CREATE UNIQUE INDEX t_b ON public.t ((b + 0)) WHERE b IS NOT NULL;
        ALTER TABLE public.t REPLICA IDENTITY FULL
        """;

    static readonly DateTime Epoch = DateTime.UnixEpoch;

    readonly List<PublishedTransaction> log = [];
    readonly List<IReadOnlyList<Row?>> olds = []; // by transaction and change
    readonly string hidden = $"kafkabridge.hidden_{applied.Tables[0].Oid}";
    VersionAssigner versions = new(0, 0, 0);

    public readonly record struct Row(int Id, int Value, int? A, int? B)
    {
        public Claims Claims => new(A ?? 0, B ?? 0);

        public string Image => string.Create(CultureInfo.InvariantCulture, $"({Id},{Value},{A},{B})");
    }

    public IReadOnlyList<PublishedTransaction> Log => log;

    /// <summary>How many of each node's transactions were applied here.</summary>
    public int[] Applied { get; } = new int[3];

    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"node{number}");

    public static async Task<AgreementNode> CreateAsync(PostgresServer server, int number)
    {
        var applied = await AppliedDatabase.CreateAsync(server, Name(number), Table, number);
        return new AgreementNode(number, applied, await server.ConnectAsync(Name(number)));
    }

    public async Task ForgetAsync()
    {
        var oid = applied.Tables[0].Oid;
        await SqlAsync(
            $"DELETE FROM t; DELETE FROM {hidden}; DELETE FROM kafkabridge.tombstone_{oid}; DELETE FROM kafkabridge.table_tombstone; "
            + "DELETE FROM kafkabridge.row_version; DELETE FROM kafkabridge.conflict");
        log.Clear();
        olds.Clear();
        versions = new VersionAssigner(0, 0, 0);
        Array.Clear(Applied);
    }

    /// <summary>A user's transaction; where a value is taken nothing happens.</summary>
    public async Task CommitAsync(string statements)
    {
        var before = await RowsAsync("t");
        if (await UserCommit.RunAsync(user, statements) is { } commit)
        {
            var after = await RowsAsync("t");
            Publish(commit.Xid, commit.Lsn, commit.Time, before, after, statements.Contains("TRUNCATE"));
        }
    }

    /// <summary>Applies the next transactions of a node, this one's own too, in one CALL.</summary>
    /// <param name="known">Whether the log has whole old rows.</param>
    public async Task<bool> DeliverAsync(AgreementNode origin, int count, bool known)
    {
        var from = Applied[origin.Number];
        var until = Math.Min(origin.log.Count, from + count);
        var transactions = new List<AppliedTransaction>();
        for (var i = from; i < until; i++)
        {
            var transaction = origin.log[i];
            if (origin != this || transaction.SelfApply)
            {
                transactions.Add(new AppliedTransaction(transaction.Tick, [.. Changes(origin, i, known)])
                {
                    Lsn = transaction.CommitLsn.Value,
                    SourceTime = Epoch.AddTicks(transaction.CommitTime * 10),
                    Xid = transaction.Xid,
                });
            }
        }

        Applied[origin.Number] = until;
        if (transactions.Count > 0)
        {
            await applied.ApplyAsync(origin.Number, transactions);
            if (origin != this)
            {
                versions.NoteApplied(transactions[^1].Tick);
            }
        }

        return until > from;
    }

    public long Promise(long tick) => versions.Promise(tick);

    public Task CollectAsync(long tick) => applied.CollectAsync(tick);

    public int Number => number;

    /// <summary>What the users see, then what is hidden and not void, each as key and value.</summary>
    public async Task<string> ContentAsync()
    {
        var (rows, kept) = (await RowsAsync("t"), await RowsAsync(hidden));
        return Describe(rows.Values.Select(row => (row.Id, row.Value)))
            + " hidden " + Describe(kept.Values.Where(row => !rows.ContainsKey(row.Id)).Select(row => (row.Id, row.Value)));
    }

    public static string Describe(IEnumerable<(int Id, int Value)> rows) => string.Join(
        ' ', rows.OrderBy(row => row.Id).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Id}={row.Value}")));

    public async ValueTask DisposeAsync()
    {
        await applied.DisposeAsync();
        await user.DisposeAsync();
    }

    void Publish(uint xid, Lsn lsn, long time, Dictionary<int, Row> before, Dictionary<int, Row> after, bool truncated)
    {
        var changes = new List<LoggedChange>();
        var old = new List<Row?>();
        if (truncated)
        {
            Add(IncomingOperation.Truncate, null, null);
            before = [];
        }

        foreach (var gone in before.Values.Where(row => !after.ContainsKey(row.Id)))
        {
            Add(IncomingOperation.Delete, null, gone);
        }

        foreach (var row in after.Values.Where(row => !before.TryGetValue(row.Id, out var same) || same != row))
        {
            Row? was = before.TryGetValue(row.Id, out var earlier) ? earlier : null;
            Add(was is null ? IncomingOperation.Insert : IncomingOperation.Update, row, was);
        }

        if (changes.Count == 0)
        {
            return;
        }

        var tick = versions.Assign(time);
        var self = tick != Tick.FromUnixMicroseconds(time) || changes.Any(change => change.Removes || change.Old.Release(change.Claims));
        log.Add(new PublishedTransaction(number, lsn, xid, time, tick, self, changes, []));
        olds.Add(old);

        void Add(IncomingOperation operation, Row? row, Row? was)
        {
            changes.Add(new LoggedChange(
                operation, row?.Id ?? was?.Id ?? -1, row?.Value ?? 0, row?.Claims ?? default, was?.Claims ?? default, 2 * changes.Count));
            old.Add(was);
        }
    }

    /// <summary>As the applier's lane has them: of this node's own only what it applies to itself.</summary>
    IEnumerable<AppliedChange> Changes(AgreementNode origin, int index, bool known)
    {
        var transaction = origin.log[index];
        foreach (var (change, old) in transaction.Changes.Zip(origin.olds[index]))
        {
            var row = new Row(change.Key, change.Value, Null(change.Claims.First), Null(change.Claims.Second)).Image;
            var isSelf = origin == this;
            if (change.Operation == IncomingOperation.Truncate)
            {
                yield return new AppliedChange(1, "t", null);
            }
            else if (change.Removes)
            {
                yield return new AppliedChange(1, "d", old!.Value.Image);
            }
            else if (!isSelf || transaction.IsLifted)
            {
                yield return new AppliedChange(1, isSelf || change.Operation == IncomingOperation.Update ? "u" : "c", row);
            }

            if (isSelf && old is { } released)
            {
                yield return new AppliedChange(1, "s", known ? released.Image : null);
            }
        }
    }

    static int? Null(int value) => value == 0 ? null : value;

    async Task<Dictionary<int, Row>> RowsAsync(string table)
    {
        await using var command = new NpgsqlCommand($"SELECT id, v, a, b FROM {table}", user);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<int, Row>();
        while (await reader.ReadAsync())
        {
            var row = new Row(
                reader.GetInt32(0), reader.GetInt32(1),
                await reader.IsDBNullAsync(2) ? null : reader.GetInt32(2), await reader.IsDBNullAsync(3) ? null : reader.GetInt32(3));
            rows.Add(row.Id, row);
        }

        return rows;
    }

    async Task SqlAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, user);
        await command.ExecuteNonQueryAsync();
    }
}
