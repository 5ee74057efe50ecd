namespace KafkaBridge.IntegrationTests;

/// <summary>The basic crossing over SASL_SSL with SCRAM and sslmode=verify-full, as role and principal with the least rights.</summary>
[Collection(nameof(SecureCluster))]
public sealed class SecureCrossing(SecureCluster cluster)
{
    [Fact]
    public async Task Rows_cross_both_ways_under_the_rights_that_check_prints()
    {
        var (eu, us) = (cluster.Servers[0], cluster.Servers[1]);
        Assert.False(await eu.ScalarAsync<bool>(SecureCluster.Database, "SELECT rolsuper FROM pg_roles WHERE rolname = 'bridge'"));
        Assert.StartsWith("ok", await cluster.RunAsync(cluster.BridgeFile, "check"), StringComparison.Ordinal);
        Assert.Contains("nothing to do", await cluster.RunAsync(cluster.OwnerFile, "apply", "--yes"), StringComparison.Ordinal);

        await using (var both = cluster.Start(cluster.BridgeFile, ["run"]))
        {
            await eu.ExecuteAsync(SecureCluster.Database, "INSERT INTO item VALUES (1, 'from eu'), (2, 'to go')");
            await eu.ExecuteAsync(SecureCluster.Database, "DELETE FROM item WHERE id = 2");
            await us.ExecuteAsync(SecureCluster.Database, "INSERT INTO item VALUES (3, 'from us')");
            await us.ExecuteAsync(SecureCluster.Database, "UPDATE item SET name = name || '!' WHERE id = 3");
            await cluster.RunAsync(cluster.BridgeFile, "wait", "--caught-up", "--timeout", "60");
            Assert.Contains("running", await cluster.RunAsync(cluster.BridgeFile, "status"), StringComparison.Ordinal);
            Assert.Equal(0, await both.StopAsync());
            Assert.DoesNotContain("warn", both.Error, StringComparison.Ordinal);
        }

        foreach (var server in cluster.Servers)
        {
            Assert.Equal(
                ["1|from eu", "3|from us!"],
                await server.TextAsync(SecureCluster.Database, "SELECT * FROM item WHERE id < 1000 ORDER BY id"));
        }
    }

    /// <summary>A superuser's ALTER TABLE runs the event trigger, and that what the bridge's role may have put in its way.</summary>
    [Fact]
    public async Task What_a_superusers_rewrite_runs_has_nobodys_rights()
    {
        var eu = cluster.Servers[0];
        Task SqlAsync(string sql) => eu.ExecuteAsync(SecureCluster.Database, sql);
        await SqlAsync(
            """
            SET ROLE bridge;
            CREATE TABLE kafkabridge.seen (who text);
            GRANT INSERT ON kafkabridge.seen TO public;
            CREATE FUNCTION kafkabridge.spy() RETURNS trigger LANGUAGE plpgsql AS
              'BEGIN INSERT INTO kafkabridge.seen VALUES (current_user); RETURN NEW; END';
            CREATE TRIGGER spy BEFORE INSERT OR UPDATE ON kafkabridge.rewrite FOR EACH ROW EXECUTE FUNCTION kafkabridge.spy();
            ALTER TABLE kafkabridge.rewrite ENABLE ALWAYS TRIGGER spy;
            """);
        try
        {
            await SqlAsync("ALTER TABLE item ADD COLUMN again double precision DEFAULT random()");
            Assert.Equal(
                ["kafkabridge_versions"], await eu.TextAsync(SecureCluster.Database, "SELECT DISTINCT who FROM kafkabridge.seen"));
        }
        finally
        {
            await SqlAsync(
                "ALTER TABLE item DROP COLUMN IF EXISTS again; DROP FUNCTION kafkabridge.spy CASCADE; DROP TABLE kafkabridge.seen");
        }
    }
}
