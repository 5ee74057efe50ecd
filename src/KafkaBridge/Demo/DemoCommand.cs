using KafkaBridge.Commands;

namespace KafkaBridge.Demo;

/// <summary>
/// Two databases, a Kafka and both bridges on this machine; what they do, shown; then they are the user's to play with until Ctrl-C.
/// </summary>
internal sealed class DemoCommand(DemoOptions options, TextWriter output, TextWriter error)
{
    static readonly TimeSpan Refresh = TimeSpan.FromSeconds(2);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var log = new DemoLog(output);
        try
        {
            await using var stage = await DemoStage.SetAsync(options, log, error, ct);
            await new DemoProof(stage, log).ShowAsync(ct);
            Invite(stage, log);
            if (options.ExitAfterProof)
            {
                output.WriteLine(await StatusAsync(stage, ct));
            }
            else
            {
                await FollowAsync(stage, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Ctrl-C is how a demo ends; until the proof is complete it is an interruption
            if (!proven)
            {
                throw;
            }
        }

        log.Step("stopped; nothing is left behind");
        return ExitCode.Ok;
    }

    bool proven;

    /// <summary>In full: deploy/demo.sh puts it into no PATH, and the other terminal is elsewhere.</summary>
    static string Program => Environment.ProcessPath!;

    void Invite(DemoStage stage, DemoLog log)
    {
        proven = true;
        log.Space();
        log.More("Try it yourself, from another terminal:");
        log.More($"psql {stage.Eu.Uri} -c \"INSERT INTO accounts VALUES (3, 'Linus', 300)\"");
        log.More($"psql {stage.Us.Uri} -c 'SELECT * FROM accounts ORDER BY id'");
        log.More($"{Program} topic tap public.accounts -c {stage.ConfigFile}");
        log.More($"{Program} conflict list -c {stage.ConfigFile}");
        log.More($"{Program} row history accounts 1 -c {stage.ConfigFile}");
        log.Space();
        log.More("On databases of your own:");
        log.More($"{Program} init --cluster shop --kafka HOST:9092 --node eu=DSN --node us=DSN");
        log.More($"then {Program} check, apply --yes, run");
        log.Space();
    }

    /// <summary>The status table, drawn over itself on a terminal; written once to a log.</summary>
    async Task FollowAsync(DemoStage stage, CancellationToken ct)
    {
        var live = !options.Plain && !Console.IsOutputRedirected;
        for (var drawn = 0; ;)
        {
            var table = await StatusAsync(stage, ct);
            if (live || drawn == 0)
            {
                output.Write(drawn == 0 ? "" : $"\e[{drawn}A\e[J");
                output.WriteLine(table);
                output.WriteLine("Ctrl-C ends the demo and leaves nothing behind.");
                drawn = table.Count(character => character == '\n') + 2;
            }

            if (await Task.WhenAny(stage.Running, Task.Delay(Refresh, ct)) == stage.Running)
            {
                await stage.Running;
            }

            ct.ThrowIfCancellationRequested();
        }
    }

    static async Task<string> StatusAsync(DemoStage stage, CancellationToken ct)
    {
        using var text = new StringWriter();
        await new StatusCommand(stage.Context with { Output = text, Error = text }).RunAsync(ct);
        return text.ToString().TrimEnd();
    }
}
