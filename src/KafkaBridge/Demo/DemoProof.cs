using System.Diagnostics;
using System.Globalization;
using KafkaBridge.Conflicts;
using Npgsql;

namespace KafkaBridge.Demo;

/// <summary>A row crosses each way, and two writes of one row collide: shown on the real databases, by looking at them.</summary>
internal sealed class DemoProof(DemoStage stage, DemoLog log)
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(1);

    public async Task ShowAsync(CancellationToken ct)
    {
        await UntilAsync(() => Task.FromResult(stage.IsReady), "ready bridges", ct);
        await CrossAsync(stage.Eu, stage.Us, "(1, 'Ada', 100)", 1, ct);
        await CrossAsync(stage.Us, stage.Eu, "(2, 'Grace', 200)", 2, ct);
        await CollideAsync(ct);
    }

    async Task CrossAsync(LocalPostgres from, LocalPostgres to, string row, int id, CancellationToken ct)
    {
        await from.ExecuteAsync($"INSERT INTO public.accounts VALUES {row}", ct);
        var committed = Stopwatch.GetTimestamp();
        await using var target = await to.ConnectAsync(ct);
        await UntilAsync(
            async () => await ScalarAsync(target, "SELECT count(*) FROM public.accounts WHERE id = $1", id, ct) == 1,
            $"the row of {from.Name} on {to.Name}",
            ct);
        var milliseconds = Stopwatch.GetElapsedTime(committed).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        log.Step($"{from.Name} → {to.Name}: the row {row} crossed, visible {milliseconds} ms after its commit");
    }

    /// <summary>Both transactions hold their row before either commits, so neither can have seen the other: a true conflict.</summary>
    async Task CollideAsync(CancellationToken ct)
    {
        await using var eu = await stage.Eu.ConnectAsync(ct);
        await using var us = await stage.Us.ConnectAsync(ct);
        await using var atEu = await UpdateAsync(eu, 90, ct);
        await using var atUs = await UpdateAsync(us, 80, ct);
        await atEu.CommitAsync(ct);
        await atUs.CommitAsync(ct);
        log.Step("both nodes write the balance of account 1 at the same time: 90 at eu, 80 at us");
        List<ConflictRow> history = [];
        await UntilAsync(
            async () => (history = [.. await NewestAsync(eu, ct), .. await NewestAsync(us, ct)]).Count > 0,
            "the conflict in the history", ct);
        await UntilAsync(async () => await BalanceAsync(eu, ct) == await BalanceAsync(us, ct), "equal balances", ct);
        log.Step($"conflict {history[0].Sentence(writer => writer == 0 ? stage.Eu.Name : stage.Us.Name)}");
        log.More($"account 1 now has {await BalanceAsync(eu, ct)} on both nodes");
    }

    static Task<List<ConflictRow>> NewestAsync(NpgsqlConnection node, CancellationToken ct) =>
        ConflictRow.NewestAsync(node, 1, ConflictFilter.None, ct);

    static async Task<NpgsqlTransaction> UpdateAsync(NpgsqlConnection connection, int balance, CancellationToken ct)
    {
        var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = new NpgsqlCommand("UPDATE public.accounts SET balance = $1 WHERE id = 1", connection, transaction);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = balance });
        await command.ExecuteNonQueryAsync(ct);
        return transaction;
    }

    static Task<long> BalanceAsync(NpgsqlConnection connection, CancellationToken ct) =>
        ScalarAsync(connection, "SELECT balance::bigint FROM public.accounts WHERE id = $1", 1, ct);

    static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql, int parameter, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = parameter });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    async Task UntilAsync(Func<Task<bool>> holds, string what, CancellationToken ct)
    {
        for (var began = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(Poll, ct))
        {
            if (stage.Running.IsFaulted)
            {
                await stage.Running;
            }

            if (Stopwatch.GetElapsedTime(began) > Deadline)
            {
                throw new StoppedException(
                    ExitCode.TimedOut, "KB1113", $"the demo waited {Deadline.TotalSeconds:0} s for {what}", null, null,
                    $"kafkabridge status -c {stage.ConfigFile}");
            }
        }
    }
}
