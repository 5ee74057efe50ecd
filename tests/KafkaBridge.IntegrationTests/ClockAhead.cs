using System.Globalization;
using System.Net;
using KafkaBridge.Capture;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBridge.IntegrationTests;

/// <summary>A node whose clock is ahead of all others' publishes nothing until they have come so far.</summary>
public sealed class ClockAhead
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, name text)";

    static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    static readonly TimeSpan Little = TimeSpan.FromSeconds(2); // within max_skew

    [Fact]
    public async Task Nothing_is_published_or_promised_while_the_others_are_behind()
    {
        await using var fixture = await CaptureFixture.StartAsync(Table, ["item"], []);
        var behind = Hour;
        var options = fixture.Options with { FurthestPeer = () => new PeerClock("us", Now - (long)behind.TotalMicroseconds) };
        var worker = new CaptureWorker(options, fixture.Kafka, fixture.Topics, fixture.Registry, fixture.Self, NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var running = worker.RunAsync(stop.Token);

        await Eventually.TrueAsync(() => worker.Status.Held?.StartsWith("The server's clock", StringComparison.Ordinal) == true, "idle");
        await fixture.SqlAsync("INSERT INTO item VALUES (1, 'a')");
        await Eventually.TrueAsync(
            () => worker.Status.Held?.StartsWith("A transaction", StringComparison.Ordinal) == true, "a transaction");
        Assert.Contains("ahead of the clock of us", worker.Status.Held, StringComparison.Ordinal);
        Assert.Contains("max_skew is 5 s", worker.Status.Held, StringComparison.Ordinal);
        Assert.Empty(fixture.Transactions());
        Assert.All(fixture.Spine(), record => Assert.Equal(0, record.Watermark));

        behind = Little;
        await fixture.SpineHoldsAsync(1);
        await Eventually.TrueAsync(() => fixture.Spine()[^1].Watermark > 0, "a promise");
        Assert.Null(worker.Status.Held);
        Assert.Equal(["c:1|a"], await fixture.RowsAsync("item"));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task The_others_tell_their_clocks_in_their_reports()
    {
        await using var cluster = await BridgeCluster.StartAsync((await TestKafka.SharedAsync()).BootstrapServers, Table, 15, 15);
        await cluster.CommandAsync("apply", "--yes");
        var port = Commands.FreePort();
        await using var bridge = BridgeProcess.Start(
            ["run", "--node", "eu", "-c", cluster.ConfigFile, "--admin-port", port.ToString(CultureInfo.InvariantCulture)]);
        await ReadyAsync(port);

        await ReportAsync(cluster, Now - (long)Hour.TotalMicroseconds);
        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (1, 'a')");
        await Eventually.TrueAsync(
            async () => (await BridgeHealth.OfAsync(port)).Has(
                HttpStatusCode.ServiceUnavailable, "node eu: nothing is published: A transaction"),
            "not ready");
        var waited = await BridgeProcess.RunAsync("wait", "--caught-up", "--timeout", "1", "-c", cluster.ConfigFile);
        Assert.Equal(9, waited.ExitCode);
        Assert.Contains("eu: nothing is published. ", bridge.Error, StringComparison.Ordinal);

        // A clock that is right again, told by us itself.
        await using var us = cluster.Run(1);
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item");
        await ReadyAsync(port);
    }

    static long Now => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    static Task ReadyAsync(int port) => Eventually.TrueAsync(
        async () => (await BridgeHealth.OfAsync(port)).Has(HttpStatusCode.OK, "ready"), "the bridge is ready");

    /// <summary>As us would report with such a clock.</summary>
    static async Task ReportAsync(BridgeCluster cluster, long clock)
    {
        var kafka = new Kafka.KafkaSettings(
            new Dictionary<string, string> { ["bootstrap.servers"] = cluster.BootstrapServers }, null, null);
        await using var membership = await Membership.OpenAsync(kafka, new Wire.TopicNames(cluster.Name), CancellationToken.None);
        await membership.ReportAsync(
            new AppliedReport("us", 1, new Dictionary<int, Changes.TransactionPosition>(), clock, default), CancellationToken.None);
    }
}
