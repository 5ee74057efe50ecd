using System.Globalization;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// Three nodes write rows that refer to each other while no bridge runs, by seed: no row that refers to nothing is passed over in silence,
/// whatever took it, and where a rule says so none is left.
/// </summary>
public sealed class RandomOrphans
{
    const string Tables = """
        CREATE TABLE customer (id int PRIMARY KEY, name text);
        CREATE TABLE purchase (id int PRIMARY KEY, customer int REFERENCES customer, note text);
        CREATE TABLE line (purchase int REFERENCES purchase ON DELETE CASCADE, place int, what text, PRIMARY KEY (purchase, place));
        CREATE TABLE country (id int PRIMARY KEY, code text NOT NULL UNIQUE, name text);
        ALTER TABLE country REPLICA IDENTITY FULL;
        CREATE TABLE city (id int PRIMARY KEY, country text REFERENCES country (code), name text);
        CREATE INDEX ON purchase (customer);
        CREATE INDEX ON city (country);
        """;

    /// <summary>Each as the history names it: the constraint, the row's key and what it refers to.</summary>
    const string Orphans = """
        SELECT 'purchase_customer_fkey', t.id::text, t.customer::text FROM purchase AS t
        WHERE t.customer IS NOT NULL AND NOT EXISTS (SELECT FROM customer AS q WHERE q.id = t.customer)
        UNION ALL
        SELECT 'line_purchase_fkey', t.purchase::text, t.purchase::text FROM line AS t
        WHERE NOT EXISTS (SELECT FROM purchase AS q WHERE q.id = t.purchase)
        UNION ALL
        SELECT 'city_country_fkey', t.id::text, t.country FROM city AS t
        WHERE t.country IS NOT NULL AND NOT EXISTS (SELECT FROM country AS q WHERE q.code = t.country)
        """;

    const string Noted =
        "SELECT local_conflicts ->> 'constraint', COALESCE(replica_identity ->> 'id', replica_identity ->> 'purchase'), "
        + $"COALESCE(local_conflicts -> 'key' ->> 'id', local_conflicts -> 'key' ->> 'code'){ForeignKeyCluster.FromHistory}";

    /// <summary>Its row is there with another value, or was when the TRUNCATE came.</summary>
    const string NotRestored = " AND relname = 'city' AND (resolver = 'report' OR local_conflicts ->> 'by' = 't')";

    [Theory]
    [InlineData("report", 1)]
    [InlineData("delete_child", 2)]
    [InlineData("restore_parent", 3)]
    public async Task Nothing_refers_to_nothing_in_silence(string rule, int seed)
    {
        await using var cluster = await ForeignKeyCluster.StartAsync(Tables, rule, 15, 15, 15);
        var random = new Random(seed);
        for (var round = 0; round < 2; round++)
        {
            for (var node = 0; node < 3; node++)
            {
                await cluster.Bridges.StopAsync(node);
            }

            for (var left = 120; left > 0; left--)
            {
                await cluster.SqlAsync(random.Next(3), Statement(random, left + (1000 * round)));
            }

            for (var node = 0; node < 3; node++)
            {
                cluster.Bridges.Start(node);
            }

            await cluster.QuietAsync();
            await RequireNotedAsync(cluster, rule);
        }
    }

    static async Task RequireNotedAsync(ForeignKeyCluster cluster, string rule)
    {
        for (var node = 0; node < 3; node++)
        {
            var orphans = await cluster.TextAsync(node, Orphans);
            Assert.Empty(orphans.Except(await cluster.TextAsync(node, Noted)));
            Assert.Empty(rule switch
            {
                "report" => [],
                "delete_child" => orphans,
                _ => orphans.Except(await cluster.TextAsync(node, Noted + NotRestored)),
            });
        }
    }

    /// <summary>What the server refuses is left.</summary>
    static string Statement(Random random, int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"DO $$ BEGIN {Change(random, number)}; EXCEPTION WHEN foreign_key_violation OR unique_violation THEN NULL; END $$");

    static FormattableString Drawn(Random random, int number) => random.Next(100) switch
    {
        < 14 => $"INSERT INTO customer VALUES ({random.Next(8)}, '{number}')",
        < 22 => $"DELETE FROM customer WHERE id = {random.Next(8)}",
        < 26 => $"UPDATE customer SET id = {random.Next(8)} WHERE id = {random.Next(8)}",
        < 42 => $"INSERT INTO purchase VALUES ({random.Next(12)}, {random.Next(8)}, '{number}')",
        < 46 => $"UPDATE purchase SET customer = {random.Next(8)} WHERE id = {random.Next(12)}",
        < 52 => $"DELETE FROM purchase WHERE id = {random.Next(12)}",
        < 62 => $"INSERT INTO line VALUES ({random.Next(12)}, 1, '{number}')",
        < 63 => $"TRUNCATE customer CASCADE",
        < 73 => $"INSERT INTO country VALUES ({random.Next(6)}, 'c{number}', '')",
        < 79 => $"UPDATE country SET code = 'u{number}' WHERE id = {random.Next(6)}",
        < 83 => $"DELETE FROM country WHERE id = {random.Next(6)}",
        < 84 => $"TRUNCATE country CASCADE",
        < 96 => $"INSERT INTO city SELECT {number}, code FROM country WHERE id = {random.Next(6)}",
        _ => $"DELETE FROM city WHERE id % 6 = {random.Next(6)}",
    };

    static string Change(Random random, int number) => Drawn(random, number).ToString(CultureInfo.InvariantCulture);
}
