using KafkaBridge.Campaigns;

namespace KafkaBridge.IntegrationTests;

/// <summary>The campaigns of deploy/campaign.sh at a size that every run can bear, by fixed seeds.</summary>
public sealed class CampaignsInSmall
{
    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task Six_kills_lose_nothing_and_double_nothing(int version) =>
        Assert.Contains("knowledge true", await KillCampaign.RunAsync(6, seed: 1, nodes: 2, version, progress: _ => { }));

    [Fact]
    public async Task Pgbench_on_both_nodes_ends_equal() =>
        Assert.Contains("nodes equal", await VersionsCampaign.RunAsync(seconds: 5, scale: 1, 15, 18));

    [Fact]
    public async Task A_large_transaction_and_a_large_value_cross_in_bounded_memory() =>
        Assert.Contains("nodes equal", await MemoryCampaign.RunAsync(rows: 240_000, valueMebibytes: 20, version: 15));

    [Fact]
    [Trait("Kafka", "none")]
    public async Task Two_hundred_histories_on_real_databases_end_as_the_model_says() =>
        Assert.Contains("200 histories agree", await AgreementCampaign.RunAsync(histories: 200, seed: 1, version: 15));
}
