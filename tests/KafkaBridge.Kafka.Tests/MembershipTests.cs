using System.Text;
using Confluent.Kafka;
using KafkaBridge.Changes;
using KafkaBridge.Kafka.Nodes;

namespace KafkaBridge.Kafka.Tests;

public class MembershipTests
{
    [Fact]
    public async Task Nodes_that_claim_at_once_get_different_numbers_and_all_agree()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        string[] names = ["eu", "us", "ap", "sa"];
        var members = await Task.WhenAll(names.Select(_ => cluster.OpenMembershipAsync()));

        var claims = await Task.WhenAll(members.Zip(names, (member, name) =>
            member.ClaimAsync(name, "700" + name, 5, CancellationToken.None)));

        Assert.Equal([0, 1, 2, 3], claims.Select(claim => claim.Number).Order());
        foreach (var member in members)
        {
            await member.RefreshAsync(CancellationToken.None);
            Assert.Equal(claims.OrderBy(claim => claim.Number), member.Nodes);
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_node_finds_its_claim_again_and_another_database_is_refused()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var first = await cluster.OpenMembershipAsync();
        var claim = await first.ClaimAsync("eu", "7001", 5, CancellationToken.None);
        await using var second = await cluster.OpenMembershipAsync();

        Assert.Equal(claim, await second.ClaimAsync("eu", "7001", 5, CancellationToken.None));
        var error = await Assert.ThrowsAsync<MembershipException>(() => second.ClaimAsync("eu", "7002", 5, CancellationToken.None));
        Assert.Contains("7001", error.Message, StringComparison.Ordinal);
        Assert.Contains("7002", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_processes_that_claim_one_name_for_one_database_share_the_claim()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        var members = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => cluster.OpenMembershipAsync()));

        var claims = await Task.WhenAll(members.Select(member => member.ClaimAsync("eu", "7001", 5, CancellationToken.None)));

        Assert.Single(claims.Distinct());
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_renewed_claim_keeps_its_number_and_reports_and_configuration_are_read_back()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var writer = await cluster.OpenMembershipAsync();
        var claim = await writer.ClaimAsync("eu", "7001", 5, CancellationToken.None);
        var config = new PublishedConfig(1, "h1", ["public.orders"], 2);
        var report = new AppliedReport(
            "eu", 0,
            new Dictionary<int, TransactionPosition> { [1] = new(3, Lsn.Parse("16/B374D848")) }, 1_700_000_000_000_000, new Lsn(77))
        {
            Looked = new Dictionary<int, TransactionPosition> { [1] = new(3, Lsn.Parse("16/B374D847")) },
        };

        await writer.RenewAsync(claim with { Epoch = 2, SystemIdentifier = "7009" }, CancellationToken.None);
        await writer.PublishConfigAsync(config, CancellationToken.None);
        await writer.PublishConfigAsync(config, CancellationToken.None);
        await writer.ReportAsync(report, CancellationToken.None);

        await using var reader = await cluster.OpenMembershipAsync();
        Assert.Equal([claim with { Epoch = 2, SystemIdentifier = "7009" }], reader.Nodes);
        Assert.Equivalent(config, reader.Config, strict: true);
        Assert.Equivalent(report, reader.Reports["eu"], strict: true);
    }

    [Fact]
    public async Task Of_two_configurations_with_one_version_the_first_stands()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        await using var first = await cluster.OpenMembershipAsync();
        await using var second = await cluster.OpenMembershipAsync();
        await first.PublishConfigAsync(new PublishedConfig(1, "h1", [], 1), CancellationToken.None);

        var error = await Assert.ThrowsAsync<MembershipException>(
            () => second.PublishConfigAsync(new PublishedConfig(1, "h2", [], 1), CancellationToken.None));

        Assert.Contains("h1", error.Message, StringComparison.Ordinal);
        Assert.Equal("h1", second.Config?.Hash);
    }

    [Fact]
    public async Task A_foreign_record_is_passed_over_and_named_by_its_place()
    {
        using var cluster = await TestCluster.WithFirstTopicsAsync();
        using var producer = new ProducerBuilder<byte[], byte[]>(cluster.Settings.Producer("test")).Build();
        await producer.ProduceAsync(
            new TopicPartition(cluster.Topics.Nodes, 0),
            new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes("claim/0/x"), Value = Encoding.UTF8.GetBytes("hello") });

        await using var membership = await cluster.OpenMembershipAsync();
        await membership.ClaimAsync("eu", "1", 2, CancellationToken.None);

        Assert.StartsWith($"{cluster.Topics.Nodes}/0@0: ", Assert.Single(membership.Foreign), StringComparison.Ordinal);
        Assert.Equal("eu", Assert.Single(membership.Nodes).Name);
    }

    [Fact]
    public async Task A_missing_topic_and_a_broker_that_does_not_answer_are_told_apart()
    {
        using var cluster = await TestCluster.CreateAsync();
        var missing = await Assert.ThrowsAsync<KafkaException>(cluster.OpenMembershipAsync);
        Assert.Equal(ErrorCode.UnknownTopicOrPart, missing.Error.Code);
        Assert.Contains("kafkabridge apply", missing.Message, StringComparison.Ordinal);

        var away = TestCluster.SettingsFor("127.0.0.1:1");
        var unreachable = await Assert.ThrowsAsync<KafkaException>(() =>
            Membership.OpenAsync(away, cluster.Topics, CancellationToken.None));
        Assert.Equal(ErrorCode.Local_AllBrokersDown, unreachable.Error.Code);
        Assert.Contains("127.0.0.1:1", unreachable.Message, StringComparison.Ordinal);
    }
}
