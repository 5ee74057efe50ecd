namespace KafkaBridge.Benchmarks;

/// <summary>
/// W9: what one row of a thousand in conflict costs the other 999: backlogs with and without by turns, of the bridge alone, which runs
/// all the time.
/// </summary>
static class FewConflicts
{
    const int Rounds = 8;
    const string Conflicts = "SELECT count(*) FROM kafkabridge.conflict";

    public static async Task<IReadOnlyList<Figure>> RunAsync(BridgePair pair)
    {
        var (none, few) = (Backlog.Updates(conflicts: false), Backlog.Updates(conflicts: true));
        var old = await pair.Target.ScalarAsync<long>(Setup.Database, Conflicts);
        var (with, without) = (new List<Figure>(), new List<Figure>());
        await pair.StartAsync();
        await few.RunHeldAsync(pair);
        without.Add(await none.RunHeldAsync(pair));
        for (var round = 0; round < Rounds; round++)
        {
            with.Add(await few.RunHeldAsync(pair));
            without.Add(await none.RunHeldAsync(pair));
        }

        await pair.StopAsync();
        var noted = await pair.Target.ScalarAsync<long>(Setup.Database, Conflicts) - old;
        // Each against the two around it: what the machine does besides changes slowly.
        double Ratio(Func<Figure, double> value) => Statistics.Median(
            with.Select((figure, i) => value(figure) / ((value(without[i]) + value(without[i + 1])) / 2)))!.Value;
        var rates = with.Select(figure => figure.Value).ToArray();
        return
        [
            new Figure(
                "W9", "tx/s", Statistics.Median(rates)!.Value, ("conflicts", noted),
                ("without", Statistics.Median(without.Select(figure => figure.Value))!.Value), ("ratio", Ratio(figure => figure.Value)),
                ("sessionCpuRatio", Ratio(figure => figure.Details.First(one => one.Name == "applyingSessionsCpu").Value)),
                ("least", rates.Min()), ("greatest", rates.Max()), ("leastWithout", without.Min(figure => figure.Value)),
                ("greatestWithout", without.Max(figure => figure.Value))),
        ];
    }
}
