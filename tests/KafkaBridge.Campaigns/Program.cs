// The long campaigns, as deploy/campaign.sh names them. Each run prints one summary line.
using KafkaBridge.Campaigns;

try
{
    var lines = args switch
    {
        ["versions", .. var rest] => Versions(rest),
        ["kills", .. var rest] => Kills(rest),
        ["brokers", .. var rest] => Brokers(rest),
        ["retention", .. var rest] => Retention(rest),
        ["away", .. var rest] => Away(rest),
        ["memory", .. var rest] => Memory(rest),
        ["types"] => Types(),
        ["partition", .. var rest] => Partition(rest),
        ["agreement", "rules", .. var rest] => RulesAgreement(rest),
        ["agreement", .. var rest] => Agreement(rest),
        _ => throw new ArgumentException("usage: see the head of deploy/campaign.sh"),
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
    int[][] all = [[14, 14], [15, 15], [16, 16], [17, 17], [18, 18], [14, 18]];
    var one = Option(rest, "--version", 0);
    foreach (var pair in one == 0 ? all : [[one, one]])
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

static async IAsyncEnumerable<string> Agreement(string[] rest)
{
    yield return await AgreementCampaign.RunAsync(
        Option(rest, "--histories", 2000), Option(rest, "--seed", 1), Option(rest, "--version", 15));
}

static async IAsyncEnumerable<string> RulesAgreement(string[] rest)
{
    yield return await FoldedAgreementCampaign.RunAsync(
        Option(rest, "--histories", 2000), Option(rest, "--seed", 1), Option(rest, "--version", 15));
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

static async IAsyncEnumerable<string> Brokers(string[] rest)
{
    yield return await BrokerCampaign.RunAsync(
        Option(rest, "--seconds", 60),
        Option(rest, "--scale", 10),
        Option(rest, "--kills", 6),
        Option(rest, "--seed", 1),
        Console.Error.WriteLine);
}

static async IAsyncEnumerable<string> Partition(string[] rest)
{
    yield return await PartitionCampaign.RunAsync(
        Option(rest, "--nodes", 2), Option(rest, "--seconds", 60), Option(rest, "--version", 15), Option(rest, "--rate", 300),
        Console.Error.WriteLine);
}

static async IAsyncEnumerable<string> Retention(string[] rest)
{
    yield return await RetentionCampaign.RunAsync(
        Option(rest, "--mebibytes", 500), Option(rest, "--rate", 10), Option(rest, "--version", 15));
}

static async IAsyncEnumerable<string> Away(string[] rest)
{
    yield return await AwayCampaign.RunAsync(Option(rest, "--runs", 5), Option(rest, "--seconds", 15), Option(rest, "--scale", 10));
}

static async IAsyncEnumerable<string> Memory(string[] rest)
{
    yield return await MemoryCampaign.RunAsync(
        Option(rest, "--rows", 1_000_000), Option(rest, "--mebibytes", 20), Option(rest, "--version", 15));
}

static int Option(string[] rest, string name, int fallback)
{
    var at = Array.IndexOf(rest, name);
    return at < 0 ? fallback
        : at + 1 < rest.Length && int.TryParse(rest[at + 1], out var value) ? value
        : throw new ArgumentException($"{name} needs a number");
}
