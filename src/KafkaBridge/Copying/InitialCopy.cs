using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using KafkaBridge.Postgres;

namespace KafkaBridge.Copying;

/// <summary>
/// Fills a node's empty tables with another node's rows as of one moment: COPY out and COPY in, several sessions at once, each taking
/// the next piece of a table. No foreign key is looked at, and no trigger fires but what is ENABLE ALWAYS or REPLICA: the rows are
/// the source's as they are.
/// </summary>
internal sealed class InitialCopy(CopySnapshot snapshot, IReadOnlyList<TableDefinition> tables, Action<string> tell)
{
    public const int MaxJobs = 64;

    static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<TableDefinition, long> rows = new();
    readonly long started = Stopwatch.GetTimestamp();
    long bytes;
    int done;

    /// <param name="jobs">How many pieces are copied at once.</param>
    /// <returns>How many rows, and of how many bytes of text.</returns>
    /// <exception cref="StoppedException">A table of the target is not empty: nothing is copied.</exception>
    public async Task<(long Rows, long Bytes)> RunAsync(NodeDatabase to, int jobs, CancellationToken ct)
    {
        await RequireEmptyAsync(to, ct);
        var pieces = new ConcurrentQueue<CopyPiece>(await PiecesAsync(ct));
        var all = pieces.Count;
        var workers = new ConcurrentBag<CopyWorker>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        ExceptionDispatchInfo? first = null;
        try
        {
            var telling = TellAsync(to, all, stop.Token);
            await Task.WhenAll(Enumerable.Range(0, Math.Min(jobs, all)).Select(async _ =>
            {
                try
                {
                    var worker = await CopyWorker.OpenAsync(snapshot, to.Node, stop.Token);
                    workers.Add(worker);
                    while (pieces.TryDequeue(out var piece))
                    {
                        await worker.CopyAsync(piece, (count, length) => Moved(piece.Table, count, length), stop.Token);
                        Interlocked.Increment(ref done);
                    }
                }
                catch (Exception failure)
                {
                    // The first failure ends the others, whose own are of that; nothing is committed.
                    Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(failure), null);
                    await stop.CancelAsync();
                }
            }));
            first?.Throw();
            await stop.CancelAsync();
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var worker in workers)
            {
                await worker.CommitAsync(ct);
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }

        await RequireUntouchedAsync(to, ct);
        return (rows.Values.Sum(), bytes);
    }

    void Moved(TableDefinition table, long count, long length)
    {
        rows.AddOrUpdate(table, count, (_, before) => before + count);
        Interlocked.Add(ref bytes, length);
    }

    async Task RequireEmptyAsync(NodeDatabase to, CancellationToken ct)
    {
        foreach (var table in tables)
        {
            var name = SqlIdentifier.Quote(table.Name);
            if (await to.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM ONLY {name})", ct))
            {
                throw new StoppedException(
                    ExitCode.Precondition, "KB1035",
                    $"{table.Name} has rows at {to.Node.Name}: only empty tables are filled from {snapshot.Node.Name}",
                    NodeDatabase.Where(to.Node), null,
                    $"TRUNCATE {name} at {to.Node.Name} if those rows are not wanted, then the same command again");
            }
        }
    }

    /// <summary>What somebody wrote there meanwhile is in no log, and would stay on this node alone.</summary>
    async Task RequireUntouchedAsync(NodeDatabase to, CancellationToken ct)
    {
        foreach (var table in tables)
        {
            var name = SqlIdentifier.Quote(table.Name);
            var there = await to.ScalarAsync<long>($"SELECT count(*) FROM ONLY {name}", ct);
            var copied = rows.GetValueOrDefault(table);
            if (there != copied)
            {
                throw new StoppedException(
                    ExitCode.Precondition, "KB1036",
                    string.Create(CultureInfo.InvariantCulture,
                        $"{table.Name} was written at {to.Node.Name} while it was filled: {copied} rows were copied, {there} are there"),
                    NodeDatabase.Where(to.Node), null,
                    $"keep writers away from {to.Node.Name} until apply has ended; TRUNCATE the tables there, then the same command again");
            }
        }
    }

    async Task<IEnumerable<CopyPiece>> PiecesAsync(CancellationToken ct)
    {
        var sized = new List<(TableDefinition Table, long Blocks)>();
        foreach (var table in tables)
        {
            sized.Add((table, await snapshot.SizeAsync(SqlIdentifier.Quote(table.Name), ct)));
        }

        // The largest first: else one session might end with a whole table while the others have nothing left.
        return sized.OrderByDescending(one => one.Blocks).SelectMany(one => CopyPiece.Of(one.Table, one.Blocks));
    }

    async Task TellAsync(NodeDatabase to, int all, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TellEvery);
        while (await timer.WaitForNextTickAsync(ct))
        {
            var mebibytes = Interlocked.Read(ref bytes) / 1048576.0;
            tell(string.Create(CultureInfo.InvariantCulture,
                $"{snapshot.Node.Name} → {to.Node.Name}: {Volatile.Read(ref done)} of {all} pieces, {rows.Values.Sum():#,0} rows, "
                + $"{mebibytes:#,0} MiB, {mebibytes / Stopwatch.GetElapsedTime(started).TotalSeconds:0} MiB/s"));
        }
    }
}
