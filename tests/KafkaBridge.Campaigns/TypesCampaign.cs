using System.Globalization;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Campaigns;

/// <summary>Every built-in type and the common contributed ones with their extremes: what arrives must read as what was written.</summary>
public static class TypesCampaign
{
    const string Setup =
        """
        CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree;
        CREATE TYPE colour AS ENUM ('red', 'dark "blue"', 'it''s green, (really)');
        CREATE TYPE pair AS (a int, "odd ""name" text);
        CREATE TYPE nest AS (p pair, list pair[]);
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE DOMAIN tags AS text[];
        CREATE TYPE floatrange AS RANGE (subtype = float8);
        """;

    /// <summary>A type and the values to try, as SQL literals without quotes where they stand in the text.</summary>
    static readonly (string Type, string[] Values)[] Types =
    [
        ("bool", ["true", "false"]),
        ("int2", ["-32768", "32767", "0"]),
        ("int4", ["-2147483648", "2147483647"]),
        ("int8", ["-9223372036854775808", "9223372036854775807"]),
        ("oid", ["0", "4294967295"]),
        ("float4", ["NaN", "Infinity", "-Infinity", "-0", "1.17549435e-38", "3.4028235e+38", "0.1", "1e-45"]),
        ("float8", ["NaN", "Infinity", "-Infinity", "-0", "2.2250738585072014e-308", "1.7976931348623157e+308", "0.1", "5e-324"]),
        ("numeric", ["NaN", "Infinity", "-Infinity", "0", "0.00", "1.10", "-123456789012345678901234567890.123456789", "1e-50"]),
        ("numeric(10,2)", ["NaN", "0", "-99999999.99", "0.10"]),
        ("money", ["-92233720368547758.08", "92233720368547758.07", "0"]),
        ("\"char\"", ["a", ""]),
        ("char(5)", ["ab", "", "abcde"]),
        ("varchar(20)", ["", "with 'quotes'", "back\\slash"]),
        ("name", ["plain", "With \"Double\""]),
        ("text", ["", "NULL", "new\nline\ttab\r", "ünïcödé 🦆", "(a,\"b\")", "{1,2}", "\\N", "__debezium_unavailable_value"]),
        ("citext", ["MiXed", "mixed"]),
        ("bytea", ["", "\\x00ff10", "\\x5c78"]),
        ("date", ["infinity", "-infinity", "0044-03-15 BC", "5874897-12-31", "2000-02-29"]),
        ("time", ["00:00:00", "24:00:00", "23:59:59.999999"]),
        ("timetz", ["00:00:00+15:59", "24:00:00-15:59", "12:00:00.000001+05:30"]),
        ("timestamp", ["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999", "2000-01-01 00:00:00"]),
        ("timestamptz",
            ["infinity", "-infinity", "4713-01-02 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "1999-12-31 23:59:59.5+02"]),
        ("timestamp(3)", ["2020-01-01 00:00:00.123"]),
        ("interval", ["1 year -2 mons +3 days -04:05:06.789", "-178000000 years", "00:00:00", "1 mon -1 day"]),
        ("uuid", ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
        ("json", ["{\"b\" : 1,  \"a\":[null,1e400]}", "\"\\u00e9\"", "null"]),
        ("jsonb", ["{\"b\" : 1,  \"a\":[null,1e40]}", "null", "[]"]),
        ("xml", ["<a b=\"c\">d</a>", "text only"]),
        ("inet", ["192.168.0.1/24", "::1"]),
        ("cidr", ["10.0.0.0/8", "2001:db8::/32"]),
        ("macaddr", ["08:00:2b:01:02:03"]),
        ("macaddr8", ["08:00:2b:01:02:03:04:05"]),
        ("bit(3)", ["101", "000"]),
        ("bit(1)", ["1"]),
        ("varbit", ["", "10110"]),
        ("point", ["(1.5,-2)", "(NaN,Infinity)"]),
        ("line", ["{1,2,3}"]),
        ("lseg", ["[(1,2),(3,4)]"]),
        ("box", ["(3,4),(1,2)"]),
        ("path", ["((1,2),(3,4))", "[(1,2),(3,4)]"]),
        ("polygon", ["((1,2),(3,4),(5,6))"]),
        ("circle", ["<(1,2),3>"]),
        ("tsvector", ["'a':1A 'fat':2B,4C 'it''s'", ""]),
        ("tsquery", ["'fat' & ( 'rat' | !'cat' )"]),
        ("pg_lsn", ["16/B374D848"]),
        ("pg_snapshot", ["10:20:10,14,15"]),
        ("regclass", ["pg_class"]),
        ("int4range", ["empty", "[1,5)", "(,)"]),
        ("numrange", ["(1.10,2.20]"]),
        ("tstzrange", ["[\"2000-01-01 00:00:00+00\",infinity)"]),
        ("daterange", ["[2000-01-01,)"]),
        ("int4multirange", ["{}", "{[1,3),[5,7)}"]),
        ("floatrange", ["[0.1,Infinity]"]),
        ("colour", ["red", "dark \"blue\"", "it's green, (really)"]),
        ("positive", ["1"]),
        ("tags", ["{a,b}", "{}"]),
        ("pair", ["(1,\"a \"\"b\"\" (c), d\")", "(,)", "(,\"\")"]),
        ("nest", ["(\"(1,x)\",\"{\"\"(2,y)\"\",\"\"(,)\"\"}\")"]),
        ("hstore", ["\"a\"=>NULL, \"b \\\"q\\\"\"=>\"c, d\"", ""]),
        ("ltree", ["top.middle.leaf"]),
        ("int4[]", ["{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={5,6}"]),
        ("text[]", ["{\"\",NULL,\"NULL\",\"a,b\",\"q\\\"q\",\"back\\\\\"}"]),
        ("colour[]", ["{red,\"dark \\\"blue\\\"\"}"]),
        ("pair[]", ["{\"(1,a)\",\"(,)\"}"]),
        ("bytea[]", ["{\"\\\\x00ff\",NULL}"]),
        ("money[]", ["{1.50,NULL}"]),
        ("interval[]", ["{\"1 day\",\"-1 mon\"}"]),
        ("timestamptz[]", ["{infinity,\"2000-01-01 00:00:00+00\"}"]),
        ("int4range[]", ["{\"[1,2)\",empty}"]),
    ];

    /// <returns>One summary line.</returns>
    public static async Task<string> RunAsync(params int[] versions)
    {
        var kafka = await TestKafka.SharedAsync();
        var ddl = Setup + string.Concat(Types.Select((entry, n) =>
            $"CREATE TABLE \"type {n} 'x' \"\"y\"\"\" (id int PRIMARY KEY, "
            + $"\"the value's \"\"name\"\"\" {entry.Type}, more {entry.Type});\n"));
        await using var cluster = await BridgeCluster.StartAsync(kafka.BootstrapServers, ddl, versions);
        await cluster.CommandAsync("apply", "--yes");
        await using var bridge = cluster.Run();

        await WriteAsync(cluster.Servers[0]);
        await cluster.WaitCaughtUpAsync(120);

        var (written, arrived) = (await ReadAsync(cluster.Servers[0]), await ReadAsync(cluster.Servers[1]));
        var different = Enumerable.Range(0, Types.Length).Where(n => written[n] != arrived[n])
            .Select(n => $"{Types[n].Type}:\n written {written[n]}\n arrived {arrived[n]}")
            .ToList();
        return different.Count == 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"types: PostgreSQL {string.Join(" → ", versions)}: {Types.Length} types, "
                + $"{Types.Sum(type => type.Values.Length)} values, all equal")
            : throw new InvalidOperationException(string.Join('\n', different));
    }

    /// <summary>Each statement is a transaction: a value arrives by an insert, and once more by an update.</summary>
    static async Task WriteAsync(PostgresServer server)
    {
        await using var connection = await server.ConnectAsync(BridgeCluster.Database);
        await using var batch = new NpgsqlBatch(connection) { EnableErrorBarriers = true };
        for (var n = 0; n < Types.Length; n++)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"INSERT INTO {Table(n)} VALUES (0, NULL, NULL)"));
            for (var v = 0; v < Types[n].Values.Length; v++)
            {
                var literal = "'" + Types[n].Values[v].Replace("'", "''", StringComparison.Ordinal) + "'";
                var id = (v + 1).ToString(CultureInfo.InvariantCulture);
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"INSERT INTO {Table(n)} VALUES ({id}, {literal}, NULL)"));
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"UPDATE {Table(n)} SET more = {literal} WHERE id = {id}"));
            }
        }

        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>A line for each type: all rows of its table as PostgreSQL writes them.</summary>
    static Task<IReadOnlyList<string>> ReadAsync(PostgresServer server) => server.TextAsync(
        BridgeCluster.Database,
        string.Join(" UNION ALL ", Enumerable.Range(0, Types.Length).Select(n => string.Create(
            CultureInfo.InvariantCulture, $"SELECT {n} n, (SELECT string_agg(t::text, E'\\n' ORDER BY id) FROM {Table(n)} t)")))
        + " ORDER BY n");

    static string Table(int n) => string.Create(CultureInfo.InvariantCulture, $"public.\"type {n} 'x' \"\"y\"\"\"");
}
