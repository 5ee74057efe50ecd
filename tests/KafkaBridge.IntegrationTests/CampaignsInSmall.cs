using KafkaBridge.Campaigns;

namespace KafkaBridge.IntegrationTests;

/// <summary>The campaigns of deploy/campaign.sh at a size that every run can bear, by fixed seeds.</summary>
public sealed class CampaignsInSmall
{
    [Fact]
    public async Task Ten_kills_lose_nothing_and_double_nothing() =>
        Assert.Contains("nodes equal", await KillCampaign.RunAsync(10, seed: 1, nodes: 2, version: 15, progress: _ => { }));

    [Fact]
    public async Task Pgbench_on_both_nodes_ends_equal() =>
        Assert.Contains("nodes equal", await VersionsCampaign.RunAsync(seconds: 5, scale: 1, 15, 18));
}
