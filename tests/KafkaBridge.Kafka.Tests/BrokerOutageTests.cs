using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.TestKit;
using KafkaBridge.Wire;

namespace KafkaBridge.Kafka.Tests;

public class BrokerOutageTests
{
    [Fact]
    public async Task While_the_broker_is_away_calls_fail_in_bounded_time_and_after_it_the_log_is_followed_on()
    {
        await using var kafka = await TestKafka.StartOwnAsync();
        var settings = TestCluster.SettingsFor(kafka.BootstrapServers);
        var topics = new TopicNames("shop");
        using var admin = settings.OpenAdmin("test");
        var wanted = await TopicPlan.CompareAsync(admin, TopicPlan.First(topics, new TopicOptions()), CancellationToken.None);
        await TopicPlan.ApplyAsync(admin, wanted, CancellationToken.None);
        await using var writer = await Membership.OpenAsync(settings, topics, CancellationToken.None);
        await using var reader = await Membership.OpenAsync(settings, topics, CancellationToken.None);
        await writer.ClaimAsync("eu", "7001", 5, CancellationToken.None);

        await kafka.KillBrokerAsync(1);
        var notWritten = await Assert.ThrowsAsync<KafkaException>(() => writer.ReportAsync(Report(1), CancellationToken.None));
        Assert.Contains("shop.nodes/0", notWritten.Message, StringComparison.Ordinal);
        Assert.True(KafkaFailure.IsUnreachable(notWritten.Error), notWritten.Message);
        var notRead = await Assert.ThrowsAsync<KafkaException>(() => reader.RefreshAsync(CancellationToken.None));
        Assert.Equal(ErrorCode.Local_AllBrokersDown, notRead.Error.Code);
        Assert.Contains(kafka.BootstrapServers, notRead.Message, StringComparison.Ordinal);

        await kafka.RestartBrokerAsync(1);
        await writer.ReportAsync(Report(2), CancellationToken.None);
        await reader.RefreshAsync(CancellationToken.None);
        Assert.Equal(2, reader.Reports["eu"].ReportedAt);
        Assert.Equal("eu", Assert.Single(reader.Nodes).Name);
    }

    static AppliedReport Report(long at) => new("eu", 0, new Dictionary<int, TransactionPosition>(), at, Lsn.Invalid);
}
