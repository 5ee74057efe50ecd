namespace KafkaBridge.Benchmarks;

/// <summary>
/// W9: what one row of a thousand in conflict costs the other 999: backlogs with and without by turns, of the bridge alone, which runs
/// all the time.
/// </summary>
static class FewConflicts
{
    const int Rounds = 3;
    const string Conflicts = "SELECT count(*) FROM kafkabridge.conflict";

    public static async Task<IReadOnlyList<Figure>> RunAsync(BridgePair pair)
    {
        var (none, few) = (Backlog.Updates(conflicts: false), Backlog.Updates(conflicts: true));
        var old = await pair.Target.ScalarAsync<long>(Setup.Database, Conflicts);
        var (with, without) = (new List<double>(), new List<double>());
        await pair.StartAsync();
        await few.WarmUpAsync(pair);
        for (var round = 0; round < Rounds; round++)
        {
            without.Add((await none.RunHeldAsync(pair)).Value);
            with.Add((await few.RunHeldAsync(pair)).Value);
        }

        without.Add((await none.RunHeldAsync(pair)).Value);
        await pair.StopAsync();
        var noted = await pair.Target.ScalarAsync<long>(Setup.Database, Conflicts) - old;
        return
        [
            new Figure(
                "W9", "tx/s", with.Average(), ("conflicts", noted), ("without", without.Average()),
                ("ratio", with.Average() / without.Average()), ("least", with.Min()), ("greatest", with.Max()),
                ("leastWithout", without.Min()), ("greatestWithout", without.Max())),
        ];
    }
}
