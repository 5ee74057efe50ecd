using System.Diagnostics;
using KafkaBridge.Changes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Copying;

/// <summary>
/// Does something while nobody writes certain tables. Writers wait for it, so it is tried where no transaction that has written is older
/// than a second, and is given up and tried again before a server would take them for a deadlock (<c>deadlock_timeout</c> is 1 s), or
/// where it has to wait itself.
/// </summary>
internal static class StillTables
{
    const string LockTimeout = "500ms";

    const string LongestSql = """
        SELECT who || ' since ' || pg_catalog.date_trunc('second', began) FROM (
          SELECT 'process ' || pid || ' has a transaction open', xact_start FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL
          UNION ALL SELECT 'the prepared transaction ' || gid || ' waits', prepared FROM pg_catalog.pg_prepared_xacts) AS w (who, began)
        WHERE began < pg_catalog.clock_timestamp() - interval '1 s' ORDER BY began LIMIT 1
        """;

    static readonly TimeSpan AtMost = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <param name="work">May be cancelled and called again.</param>
    /// <exception cref="StoppedException">Transactions at the node are too long.</exception>
    public static async Task<T> DoAsync<T>(
        NodeOptions node, IReadOnlyList<RelationName> tables, Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var inTheWay = "";
        while (Stopwatch.GetElapsedTime(started) < Patience)
        {
            try
            {
                await using var holder = await NodeDatabase.OpenAsync(node, ct);
                inTheWay = await holder.ScalarAsync<string>(LongestSql, ct);
                if (inTheWay is null)
                {
                    inTheWay = "transactions follow one another without a pause";
                    return await HoldingAsync(holder, tables, work, ct);
                }
            }
            catch (Exception exception) when (!ct.IsCancellationRequested
                && exception is OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
            {
                // once more, when those who wait have gone on
            }

            await Task.Delay(Between, ct);
        }

        throw new StoppedException(
            ExitCode.Precondition, "KB1037",
            $"for {Patience.TotalSeconds:0} s there was no moment at {node.Name} without an open transaction that had written: {inTheWay}",
            NodeDatabase.Where(node), "the log begins, and the copy is taken, between transactions",
            "end long transactions (pg_stat_activity, pg_prepared_xacts), then the same command again");
    }

    static async Task<T> HoldingAsync<T>(
        NodeDatabase holder, IReadOnlyList<RelationName> tables, Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        var names = string.Join(", ", tables.Select(table => "ONLY " + SqlIdentifier.Quote(table)));
        await holder.ExecuteAsync($"BEGIN; SET LOCAL lock_timeout = '{LockTimeout}'; LOCK TABLE {names} IN SHARE MODE", ct);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        soon.CancelAfter(AtMost);
        return await work(soon.Token);
    }
}
