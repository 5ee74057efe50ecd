using System.Diagnostics;
using KafkaBridge.Changes;
using KafkaBridge.Options;
using KafkaBridge.Postgres;
using Npgsql;

namespace KafkaBridge.Copying;

/// <summary>
/// Does something while nobody writes certain tables. Writers wait for it, so it is given up and tried again before a server would take
/// them for a deadlock (<c>deadlock_timeout</c> is 1 s), or where others keep it waiting.
/// </summary>
internal static class StillTables
{
    const string LockTimeout = "500ms";

    static readonly TimeSpan AtMost = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="work">May be cancelled and called again.</param>
    /// <exception cref="StoppedException">Transactions at the node are too long.</exception>
    public static async Task<T> DoAsync<T>(
        NodeOptions node, IReadOnlyList<RelationName> tables, Func<CancellationToken, Task<T>> work, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            await using var holder = await NodeDatabase.OpenAsync(node, ct);
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(ct);
            try
            {
                var names = string.Join(", ", tables.Select(table => "ONLY " + SqlIdentifier.Quote(table)));
                await holder.ExecuteAsync($"BEGIN; SET LOCAL lock_timeout = '{LockTimeout}'; LOCK TABLE {names} IN SHARE MODE", ct);
                soon.CancelAfter(AtMost);
                return await work(soon.Token);
            }
            catch (Exception exception) when (!ct.IsCancellationRequested
                && exception is OperationCanceledException or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
            {
                if (Stopwatch.GetElapsedTime(started) > Patience)
                {
                    throw new StoppedException(
                        ExitCode.Precondition, "KB1037",
                        $"for {Patience.TotalSeconds:0} s there was no moment at {node.Name} without an open transaction that had written",
                        NodeDatabase.Where(node), "the log begins, and the copy is taken, between transactions",
                        "end long transactions (pg_stat_activity, xact_start), then the same command again", exception);
                }
            }

            await Task.Delay(Between, ct);
        }
    }
}
