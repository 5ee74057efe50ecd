using Confluent.Kafka;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>The newcomer's one command, as deploy/demo.sh starts it.</summary>
public sealed class DemoTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task It_shows_both_crossings_and_the_conflict_and_leaves_nothing_behind()
    {
        await using var demo = BridgeProcess.Start(["demo", "--exit-after-proof", "--plain"]);
        var exitCode = await demo.WaitAsync(Deadline);
        Assert.True(exitCode == 0, demo.Output + demo.Error);
        Assert.Contains("eu → us: the row (1, 'Ada', 100) crossed", demo.Output, StringComparison.Ordinal);
        Assert.Contains("us → eu: the row (2, 'Grace', 200) crossed", demo.Output, StringComparison.Ordinal);
        Assert.Contains("conflict update_origin_differs", demo.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder(demo.Output)), "the demo's folder is still there");
    }

    [Fact]
    public async Task On_another_Kafka_it_takes_its_topics_away_when_it_is_interrupted()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var demo = BridgeProcess.Start(["demo", "--kafka", kafka.BootstrapServers, "--plain"]);
        await Eventually.TrueAsync(
            () => demo.HasExited || demo.Output.Contains("Ctrl-C ends", StringComparison.Ordinal), "the demo's invitation", Deadline);
        Assert.False(demo.HasExited, demo.Output + demo.Error);
        Assert.Equal(0, await demo.StopAsync(Deadline));
        Assert.False(Directory.Exists(Folder(demo.Output)), "the demo's folder is still there");
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka.BootstrapServers }).Build();
        var topics = admin.GetMetadata(TimeSpan.FromSeconds(30)).Topics.Select(topic => topic.Topic);
        Assert.DoesNotContain(topics, topic => topic.StartsWith("demo-", StringComparison.Ordinal));
    }

    /// <summary>From the line to paste: … -c FOLDER/kafkabridge.yaml.</summary>
    static string Folder(string output) =>
        Path.GetDirectoryName(output.Split("public.accounts -c ")[1].Split('\n')[0])!;
}
