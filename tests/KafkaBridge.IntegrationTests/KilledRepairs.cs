using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>A bridge is killed in the midst of what a foreign key's rule has it do: it is done once, on every node.</summary>
public sealed class KilledRepairs
{
    /// <summary>Counts what ordinary sessions do to the tables; what a bridge applies is none of it. It is not replicated.</summary>
    const string Counted = """
        CREATE SCHEMA seen;
        CREATE TABLE seen.statement (what text);
        CREATE FUNCTION seen.count() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO seen.statement VALUES (TG_OP || ' ' || TG_TABLE_NAME || ' ' || COALESCE(NEW.id, OLD.id));
          RETURN NULL;
        END $$;
        CREATE TRIGGER seen AFTER INSERT ON customer FOR EACH ROW EXECUTE FUNCTION seen.count();
        CREATE TRIGGER seen AFTER DELETE ON purchase FOR EACH ROW EXECUTE FUNCTION seen.count();
        """;

    /// <summary>
    /// Two rows are to be dealt with in one transaction. A user's lock holds it at the second, twice, and the bridge is killed there; the
    /// third time it is killed as soon as it has committed.
    /// </summary>
    [Theory]
    [InlineData("delete_child", "SELECT FROM purchase WHERE id = 11 FOR UPDATE")]
    [InlineData("restore_parent", "INSERT INTO customer VALUES (2, 'in the way')")]
    public async Task A_repair_that_is_killed_is_done_once(string rule, string hold)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(MissingParents.Tables + Counted, rule, 15, 18);
        await cluster.PrepareAsync(MissingParents.Rows);
        await cluster.Bridges.StopAsync(1);
        await cluster.SqlAsync(0, "DELETE FROM customer WHERE id < 3");
        await cluster.SqlAsync(1, "INSERT INTO purchase VALUES (10, 1, 'us'), (11, 2, 'us')");
        await cluster.SqlAsync(1, "TRUNCATE seen.statement");
        cluster.Bridges.Start(1);
        await cluster.Bridges.EventuallyAsync(
            async () => (await cluster.TextAsync(1, "SELECT id FROM customer WHERE id < 3")).Count == 0, "us has eu's delete",
            ForeignKeyCluster.Patience);
        await using (var user = await cluster.Nodes.Servers[1].ConnectAsync(BridgeCluster.Database))
        {
            await using var transaction = await user.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand(hold, user, transaction))
            {
                await command.ExecuteNonQueryAsync();
            }

            for (var kill = 0; kill < 2; kill++)
            {
                await cluster.Bridges.EventuallyAsync(
                    async () => (await cluster.TextAsync(1, "SELECT pid FROM pg_locks WHERE NOT granted")).Count > 0,
                    "the repair waits for the user", ForeignKeyCluster.Patience);
                await cluster.Bridges.KillAsync(1);
                Assert.Empty(await cluster.TextAsync(1, "SELECT what FROM seen.statement"));
                await cluster.SqlAsync(
                    1, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"); // it would see only then that nobody is there
                cluster.Bridges.Start(1);
            }

            await transaction.RollbackAsync();
        }

        string[] done = rule == "delete_child" ? ["DELETE purchase 10", "DELETE purchase 11"] : ["INSERT customer 1", "INSERT customer 2"];
        const string Statements = "SELECT what FROM seen.statement ORDER BY 1";
        await cluster.Bridges.EventuallyAsync(
            async () => (await cluster.TextAsync(1, Statements)).Count > 0, "the repair is committed", ForeignKeyCluster.Patience);
        await cluster.Bridges.KillAsync(1);
        cluster.Bridges.Start(1);
        await cluster.SettledAsync(noted: 2);
        Assert.Equal(done, await cluster.TextAsync(1, Statements));
        Assert.Equal(
            rule == "delete_child" ? ["3|3", "4|4"] : ["3|3", "4|4", "10|1", "11|2"],
            await cluster.TextAsync(0, "SELECT id, customer FROM purchase ORDER BY id"));
        Assert.Equal(
            rule == "delete_child" ? ["3", "4"] : ["1", "2", "3", "4"],
            await cluster.TextAsync(0, "SELECT id FROM customer ORDER BY id"));
    }
}
