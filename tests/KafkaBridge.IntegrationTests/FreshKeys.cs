using System.Globalization;
using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>Inserts are taken for new keys. Where one is not, its tick is applied again with a look at each; the round goes on.</summary>
public sealed class FreshKeys
{
    const int Transactions = 300;

    [Theory]
    [InlineData(14)]
    [InlineData(18)]
    public async Task A_key_that_is_not_new_is_decided_and_nothing_begins_anew(int version)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(
            kafka.BootstrapServers, "CREATE TABLE item (id int PRIMARY KEY, name text)", version, version);
        await cluster.CommandAsync("apply", "--yes");
        var (eu, us) = (cluster.Servers[0], cluster.Servers[1]);
        await eu.ExecuteAsync(
            BridgeCluster.Database,
            string.Create(CultureInfo.InvariantCulture, $"""
                DO $$ BEGIN
                  FOR i IN 1 .. {Transactions} LOOP
                    INSERT INTO item VALUES (2 * i, 'from eu'), (2 * i + 1, 'from eu');
                    COMMIT;
                  END LOOP;
                END $$
                """));
        await us.ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (150, 'from us'), (450, 'from us')");
        var port = Commands.FreePort();
        await using var bridge = BridgeProcess.Start(
            ["run", "-c", cluster.ConfigFile, "--admin-port", port.ToString(CultureInfo.InvariantCulture)]);
        await cluster.WaitCaughtUpAsync();
        await cluster.RequireEqualAsync("item");
        Assert.Equal(
            ["150|insert_exists|keep_local", "450|insert_exists|keep_local"],
            await us.TextAsync(
                BridgeCluster.Database,
                "SELECT replica_identity->>'id', conflict_type, resolution FROM kafkabridge.conflict ORDER BY 1"));
        Assert.Contains("duplicate key value", await File.ReadAllTextAsync(us.LogPath), StringComparison.Ordinal);

        var scrape = await Scrape.OfAsync(port);
        Assert.Equal(Transactions, scrape.Sum("kafkabridge_apply_transactions_total", "origin=\"eu\"", "node=\"us\""));
        Assert.Equal((2 * Transactions) - 2, scrape.Sum("kafkabridge_apply_events_total", "origin=\"eu\"", "node=\"us\""));
        Assert.Equal(0, scrape.Sum("kafkabridge_apply_errors_total"));
        Assert.DoesNotContain("tried again", bridge.Error, StringComparison.Ordinal);
    }
}
