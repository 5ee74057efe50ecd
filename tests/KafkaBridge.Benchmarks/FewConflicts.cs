namespace KafkaBridge.Benchmarks;

/// <summary>
/// W9: what one row of a thousand in conflict costs the other 999: the same backlog with, and without before and after, of the
/// bridge alone.
/// </summary>
static class FewConflicts
{
    const string Conflicts = "SELECT count(*) FROM kafkabridge.conflict";

    public static async Task<IReadOnlyList<Figure>> RunAsync(BridgePair pair)
    {
        var before = await WithoutAsync(pair);
        var old = await pair.Target.ScalarAsync<long>(Setup.Database, Conflicts);
        var with = (await Backlog.Updates(conflicts: true).RunAsync(pair))[0];
        var noted = await pair.Target.ScalarAsync<long>(Setup.Database, Conflicts) - old;
        var without = (before + await WithoutAsync(pair)) / 2;
        return
        [
            new Figure(
                "W9", with.Unit, with.Value,
                [("conflicts", noted), ("without", without), ("ratio", with.Value / without), .. with.Details]),
        ];
    }

    static async Task<double> WithoutAsync(BridgePair pair) => (await Backlog.Updates(conflicts: false).RunAsync(pair))[0].Value;
}
