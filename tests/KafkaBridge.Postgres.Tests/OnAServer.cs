using KafkaBridge.Changes;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.Postgres.Tests;

/// <summary>Quoting and pinned settings as a real server understands them.</summary>
public sealed class OnAServer(OnAServer.OneServer one) : IClassFixture<OnAServer.OneServer>
{
    const string Database = "odd";

    readonly PostgresServer server = one.Server;

    public sealed class OneServer : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await PostgresServer.StartAsync(15);
            await Server.CreateDatabaseAsync(Database);
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    [Theory]
    [InlineData("orders", "Order\"s")]
    [InlineData("my.schema", "a.b")]
    [InlineData("'; DROP TABLE x; --", "select")]
    [InlineData("back\\slash", "naïve 行 %I $1 {0}")]
    public async Task A_quoted_name_is_that_name(string schema, string table)
    {
        var name = SqlIdentifier.Quote(new RelationName(schema, table));
        await server.ExecuteAsync(Database, $"CREATE SCHEMA {SqlIdentifier.Quote(schema)}; CREATE TABLE {name} (id int)");
        Assert.Equal(
            [$"{schema}|{table}"],
            await server.TextAsync(
                Database,
                $"SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = "
                + $"{SqlIdentifier.Literal(name)}::regclass"));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task A_quoted_text_is_that_text_whatever_the_server_takes_backslashes_for(string conforming)
    {
        await using var connection = await server.ConnectAsync(Database);
        foreach (var text in (string[])["it's", "\\", "\\'; SELECT 1; --", "a\\nb", "", "naïve 行"])
        {
            await using var command = new NpgsqlCommand(
                $"SET standard_conforming_strings = {conforming}; SET escape_string_warning = off; SELECT {SqlIdentifier.Literal(text)}",
                connection);
            Assert.Equal(text, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Pinned_settings_beat_those_of_role_and_database()
    {
        await server.ExecuteAsync(
            Database,
            """
            ALTER DATABASE odd SET DateStyle = 'SQL, DMY';
            ALTER DATABASE odd SET search_path = public;
            ALTER ROLE postgres SET TimeZone = 'Asia/Kolkata';
            ALTER ROLE postgres IN DATABASE odd SET bytea_output = 'escape';
            ALTER ROLE postgres IN DATABASE odd SET extra_float_digits = 0;
            """);
        var plain = server.ConnectionString(Database);
        string[] all = [SessionSettings.ForReplication(plain), SessionSettings.ForStream(plain), SessionSettings.ForApply(plain)];
        foreach (var address in all)
        {
            await using var connection = new NpgsqlConnection(address);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                SELECT '2026-02-01 00:00:00+00'::timestamptz::text || ' ' || '\x00ff'::bytea::text || ' ' || 0.1::float4::float8::text
                    || ' ' || current_setting('search_path')
                """, connection);
            Assert.Equal("2026-02-01 00:00:00+00 \\x00ff 0.10000000149011612 pg_catalog", await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task The_users_own_options_stay()
    {
        var own = new NpgsqlConnectionStringBuilder(server.ConnectionString(Database)) { Options = "-c work_mem=7MB" };
        await using var connection = new NpgsqlConnection(SessionSettings.ForApply(own.ConnectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT current_setting('work_mem') || ' ' || current_setting('synchronous_commit')", connection);
        Assert.Equal("7MB off", await command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("", "256MB")]
    [InlineData("-c logical_decoding_work_mem=1MB", "1MB")]
    public async Task A_stream_has_memory_to_decode_in_or_what_the_user_says(string options, string expected)
    {
        var own = new NpgsqlConnectionStringBuilder(server.ConnectionString(Database)) { Options = options };
        await using var connection = new NpgsqlConnection(SessionSettings.ForStream(own.ConnectionString));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SHOW logical_decoding_work_mem", connection);
        Assert.Equal(expected, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Becoming_a_replica_twice_is_no_error()
    {
        await using var connection = await server.ConnectAsync(Database);
        await SessionSettings.BecomeReplicaAsync(connection, default);
        await SessionSettings.BecomeReplicaAsync(connection, default);
        await using var command = new NpgsqlCommand("SHOW session_replication_role", connection);
        Assert.Equal("replica", await command.ExecuteScalarAsync());
    }
}
