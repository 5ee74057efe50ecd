// The long campaigns: deploy/campaign.sh versions | kills --times 100 --seed N | types. Each prints one summary line.
using KafkaBridge.Campaigns;

try
{
    var lines = args switch
    {
        ["versions", .. var rest] => Versions(rest),
        ["kills", .. var rest] => Kills(rest),
        ["types"] => Types(),
        _ => throw new ArgumentException(
            "usage: campaign.sh versions [--seconds 60] [--scale 10] | kills [--times 100] [--seed 1] [--nodes 2] [--version 15] | types"),
    };
    await foreach (var line in lines)
    {
        Console.WriteLine(line);
    }

    return 0;
}
catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or TimeoutException)
{
    Console.Error.WriteLine(failure.Message);
    return failure is ArgumentException ? 2 : 1;
}

static async IAsyncEnumerable<string> Versions(string[] rest)
{
    int[][] pairs = [[14, 14], [15, 15], [16, 16], [17, 17], [18, 18], [14, 18]];
    foreach (var pair in pairs)
    {
        yield return await VersionsCampaign.RunAsync(Option(rest, "--seconds", 60), Option(rest, "--scale", 10), pair);
    }
}

static async IAsyncEnumerable<string> Types()
{
    foreach (var pair in (int[][])[[15, 15], [14, 18], [18, 14]])
    {
        yield return await TypesCampaign.RunAsync(pair);
    }
}

static async IAsyncEnumerable<string> Kills(string[] rest)
{
    yield return await KillCampaign.RunAsync(
        Option(rest, "--times", 100),
        Option(rest, "--seed", 1),
        Option(rest, "--nodes", 2),
        Option(rest, "--version", 15),
        Console.Error.WriteLine);
}

static int Option(string[] rest, string name, int fallback)
{
    var at = Array.IndexOf(rest, name);
    return at < 0 ? fallback
        : at + 1 < rest.Length && int.TryParse(rest[at + 1], out var value) ? value
        : throw new ArgumentException($"{name} needs a number");
}
