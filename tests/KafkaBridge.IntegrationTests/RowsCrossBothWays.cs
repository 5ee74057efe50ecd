using KafkaBridge.TestKit;

namespace KafkaBridge.IntegrationTests;

/// <summary>The whole product in small: rows written on each node appear on the other, once, also when the bridge is killed.</summary>
public sealed class RowsCrossBothWays
{
    const string Table = "CREATE TABLE item (id int PRIMARY KEY, name text)";

    [Theory]
    [InlineData(15, 15)]
    [InlineData(15, 18)]
    public async Task An_insert_on_each_side_crosses(int first, int second)
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, first, second);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run();

        await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (1, 'from eu')");
        await cluster.Servers[1].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (2, 'from us')");
        await cluster.WaitCaughtUpAsync();

        for (var node = 0; node < 2; node++)
        {
            Assert.Equal(
                "1 from eu, 2 from us",
                await cluster.Servers[node].ScalarAsync<string>(
                    BridgeCluster.Database, "SELECT string_agg(id || ' ' || name, ', ' ORDER BY id) FROM item"));
            Assert.Equal(
                1 - node,
                await cluster.Servers[node].ScalarAsync<int>(
                    BridgeCluster.Database,
                    "SELECT writer FROM kafkabridge.position WHERE tick > 0 AND writer <> (SELECT number FROM kafkabridge.node)"));
        }

        Assert.Equal(0, await bridge.StopAsync());
    }

    [Fact]
    public async Task Killed_between_data_and_spine_the_row_is_there_once()
    {
        var kafka = await TestKafka.SharedAsync();
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, Table, 15, 15);
        await cluster.Servers[1].ExecuteAsync(
            BridgeCluster.Database,
            """
            CREATE SCHEMA audit;
            CREATE TABLE audit.arrived (id int);
            CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN INSERT INTO audit.arrived VALUES (NEW.id); RETURN NULL; END';
            CREATE TRIGGER note AFTER INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION audit.note();
            ALTER TABLE item ENABLE ALWAYS TRIGGER note;
            """);
        await cluster.CommandAsync("apply", "--yes");

        await using (var doomed = cluster.Run(0, new Dictionary<string, string> { ["KAFKABRIDGE_FAILPOINT"] = "before-spine" }))
        {
            await cluster.Servers[0].ExecuteAsync(BridgeCluster.Database, "INSERT INTO item VALUES (1, 'once')");
            await doomed.WaitAsync(TimeSpan.FromSeconds(60));
        }

        await using var source = cluster.Run(0);
        await using var target = cluster.Run(1);
        await cluster.WaitCaughtUpAsync();

        Assert.Equal("1 rows", (await cluster.ChecksumAsync(1, "item")).Split(',')[0]);
        Assert.Equal(1L, await cluster.Servers[1].ScalarAsync<long>(BridgeCluster.Database, "SELECT count(*) FROM audit.arrived"));
        Assert.Equal(await cluster.ChecksumAsync(0, "item"), await cluster.ChecksumAsync(1, "item"));
    }
}
