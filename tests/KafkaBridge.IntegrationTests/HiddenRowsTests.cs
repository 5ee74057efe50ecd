using KafkaBridge.Campaigns;
using KafkaBridge.TestKit;
using Npgsql;

namespace KafkaBridge.IntegrationTests;

/// <summary>
/// The generated SQL of tables with unique values besides their key: of the rows that claim one the newest is visible, the others
/// are hidden, and come back when it is free.
/// </summary>
[Trait("Kafka", "none")]
public abstract class HiddenRowsTests(PostgresServer server) : IAsyncLifetime
{
    const long Base = 425_000_000_000; // in November 2023
    const string Plain = "CREATE TABLE public.t (id int PRIMARY KEY, a text UNIQUE, b text)";

    readonly string database = "t" + Guid.NewGuid().ToString("N")[..10];
    AppliedDatabase applied = null!;

    public sealed class On15(On15.One one) : HiddenRowsTests(one.Server), IClassFixture<On15.One>
    {
        public sealed class One() : OneServer(15);
    }

    public sealed class On18(On18.One one) : HiddenRowsTests(one.Server), IClassFixture<On18.One>
    {
        public sealed class One() : OneServer(18);
    }

    public abstract class OneServer(int version) : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await PostgresServer.StartAsync(version);

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await applied.DisposeAsync();

    [Fact]
    public async Task The_newer_row_has_the_value_whichever_came_first()
    {
        await StartAsync(Plain);
        await ApplyAsync(1, 10, ("c", "(1,x,old)"));
        await ApplyAsync(2, 20, ("c", "(2,x,new)"));
        Assert.Equal(["2|x|new"], await RowsAsync());
        Assert.Equal(["1|x|old"], await HiddenAsync());
        await ApplyAsync(1, 15, ("c", "(3,x,between)"));
        Assert.Equal(["2|x|new"], await RowsAsync());
        Assert.Equal(["1|x|old", "3|x|between"], await HiddenAsync());
        Assert.Equal(
            ["insert_exists|apply_remote|1|2", "insert_exists|keep_local|2|3"],
            await server.TextAsync(
                database,
                "SELECT conflict_type, resolution, local_tuple->>'id', remote_tuple->>'id' FROM kafkabridge.conflict ORDER BY id"));
    }

    [Fact]
    public async Task A_value_that_is_given_up_shows_the_greatest_that_claims_it()
    {
        await StartAsync(Plain);
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(1, 15, ("c", "(3,x,three)"));
        await ApplyAsync(2, 30, ("u", "(2,y,two)"));
        Assert.Equal(["2|y|two", "3|x|three"], await RowsAsync());
        Assert.Equal(["1|x|one"], await HiddenAsync());

        // The row that came back reads as what it is: 16 is above it, 14 is not.
        await ApplyAsync(2, 31, ("c", "(9,z,other)"));
        await ApplyAsync(2, 40, ("d", "(2,,)"));
        await ApplyAsync(2, 41, ("t", null), ("c", "(1,x,again)"));
        Assert.Equal(["1|x|again"], await RowsAsync());
        Assert.Empty(await HiddenAsync());
    }

    [Fact]
    public async Task A_row_that_came_back_is_as_old_as_it_was()
    {
        await StartAsync(Plain);
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(2, 30, ("d", "(2,,)"));
        Assert.Equal(["1|x|one"], await RowsAsync());
        await applied.CollectAsync(Base + 25);
        await ApplyAsync(2, 31, ("u", "(1,x,newer)"));
        Assert.Equal(["1|x|newer"], await RowsAsync());
    }

    [Fact]
    public async Task An_override_stays_while_it_would_read_higher_without()
    {
        await StartAsync(Plain);
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(2, 50, ("d", "(2,,)"));
        await applied.CollectAsync(Base + 40);
        await ApplyAsync(1, 45, ("u", "(1,x,newer)"));
        Assert.Equal(["1|x|newer"], await RowsAsync());
        await applied.CollectAsync(Base + 60);
        Assert.Equal(0L, await server.ScalarAsync<long>(database, "SELECT count(*) FROM kafkabridge.row_version"));
    }

    [Fact]
    public async Task Values_change_hands_in_one_transaction()
    {
        await StartAsync("CREATE TABLE public.t (id int PRIMARY KEY, a text UNIQUE DEFERRABLE, b text UNIQUE)");
        await ApplyAsync(1, 10, ("c", "(1,x,p)"), ("c", "(2,y,q)"), ("c", "(3,z,r)"));
        await ApplyAsync(1, 20, ("u", "(1,y,q)"), ("u", "(2,z,r)"), ("u", "(3,x,p)"));
        Assert.Equal(["1|y|q", "2|z|r", "3|x|p"], await RowsAsync());
        Assert.Empty(await HiddenAsync());
        Assert.Equal(0L, await server.ScalarAsync<long>(database, "SELECT count(*) FROM kafkabridge.conflict"));
    }

    [Fact]
    public async Task Hiding_a_row_frees_its_other_values()
    {
        await StartAsync("CREATE TABLE public.t (id int PRIMARY KEY, a text UNIQUE, b text UNIQUE)");
        await ApplyAsync(1, 10, ("c", "(1,x,)"));
        await ApplyAsync(1, 20, ("c", "(2,x,y)"));
        await ApplyAsync(2, 15, ("c", "(3,,y)"));
        Assert.Equal((string[])["2|x|y"], await RowsAsync());
        await ApplyAsync(2, 30, ("c", "(4,,y)"));
        Assert.Equal(["1|x|∅", "4|∅|y"], await RowsAsync());
        Assert.Equal(["2|x|y", "3|∅|y"], await HiddenAsync());
        await ApplyAsync(1, 40, ("c", "(5,x,y)"));
        Assert.Equal(["5|x|y"], await RowsAsync());
        Assert.Equal("multiple_unique_conflicts", await server.ScalarAsync<string>(
            database, "SELECT conflict_type FROM kafkabridge.conflict ORDER BY id DESC LIMIT 1"));
    }

    /// <summary>A nondeterministic collation and numeric stand for all that isn't equality of bytes.</summary>
    [Theory]
    [InlineData("CREATE UNIQUE INDEX ON public.t (lower(a))", "(1,Ann,)", "(2,aNN,)", "(3,bob,)")]
    [InlineData("CREATE UNIQUE INDEX ON public.t (a) WHERE b IS NULL", "(1,x,)", "(2,x,)", "(3,x,free)")]
    [InlineData("CREATE UNIQUE INDEX ON public.t ((a::numeric), b)", "(1,1.0,k)", "(2,1.00,k)", "(3,1,l)")]
    [InlineData(
        "ALTER TABLE public.t ADD EXCLUDE USING gist (a WITH &&)", "(1,\"[1,5)\",)", "(2,\"[4,9)\",)", "(3,\"[9,12)\",)", "int4range")]
    [InlineData("CREATE UNIQUE INDEX ON public.t (a, b) NULLS NOT DISTINCT", "(1,,k)", "(2,,k)", "(3,,l)")]
    [InlineData("CREATE UNIQUE INDEX ON public.t (a)", "(1,ann,)", "(2,ANN,)", "(3,bob,)",
        "text COLLATE \"und-x-icu\"", "ALTER TABLE public.t ALTER a TYPE text COLLATE public.folded")]
    public async Task Claims_are_what_the_index_says(
        string index, string first, string second, string free, string type = "text", string before = "")
    {
        await StartAsync(
            "CREATE COLLATION public.folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            + $"CREATE TABLE public.t (id int PRIMARY KEY, a {type}, b text); {before}; {index}");
        await ApplyAsync(2, 20, ("c", second), ("c", free));
        await ApplyAsync(1, 10, ("c", first));
        Assert.Equal(["2", "3"], await IdsAsync("public.t"));
        Assert.Equal(["1"], await IdsAsync(await HiddenTableAsync()));
        await ApplyAsync(2, 30, ("d", "(2,,)"));
        Assert.Equal(["1", "3"], await IdsAsync("public.t"));
    }

    [Fact]
    public async Task A_generated_column_claims_what_is_computed()
    {
        await StartAsync(
            "CREATE TABLE public.t (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a % 10) STORED UNIQUE)");
        await ApplyAsync(1, 10, ("c", "(1,15,)"));
        await ApplyAsync(2, 20, ("c", "(2,25,)"));
        Assert.Equal(["2|25|5"], await RowsAsync());
        await ApplyAsync(2, 30, ("u", "(2,26,)"));
        Assert.Equal(["1|15|5", "2|26|6"], await RowsAsync());
    }

    [Fact]
    public async Task Names_of_columns_mean_nothing_to_the_functions()
    {
        await StartAsync("CREATE TABLE public.t (v int PRIMARY KEY, tick text UNIQUE, t text, n text, q text, x text UNIQUE, h text)");
        await ApplyAsync(1, 10, ("c", "(1,x,a,b,c,d,e)"));
        await ApplyAsync(2, 20, ("c", "(2,x,a,b,c,e,e)"), ("u", "(2,x,a,b,c,f,e)"));
        await ApplyAsync(2, 30, ("u", "(2,y,a,b,c,f,e)"), ("t", null), ("c", "(3,x,a,b,c,d,e)"));
        Assert.Equal(["3|x|a|b|c|d|e"], await server.TextAsync(database, "SELECT * FROM public.t ORDER BY v"));
    }

    [Fact]
    public async Task A_hidden_row_takes_changes_and_goes_by_delete_and_truncate()
    {
        await StartAsync(Plain);
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        await ApplyAsync(1, 9, ("u", "(1,x,older)"));
        await ApplyAsync(1, 12, ("u", "(1,x,newer)"));
        Assert.Equal(["1|x|newer"], await HiddenAsync());
        await ApplyAsync(1, 11, ("d", "(1,,)"));
        Assert.Equal(["1|x|newer"], await HiddenAsync());
        await ApplyAsync(1, 13, ("d", "(1,,)"));
        Assert.Empty(await HiddenAsync());
        await ApplyAsync(1, 14, ("c", "(1,x,again)"));
        await ApplyAsync(1, 25, ("t", null));
        Assert.Empty(await RowsAsync());
        Assert.Empty(await HiddenAsync());
    }

    [Fact]
    public async Task Columns_that_a_record_leaves_out_come_from_the_hidden_row()
    {
        await StartAsync(Plain);
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(1, 10, ("c", "(1,x,large)"));
        await applied.ApplyAsync(1, [new AppliedTransaction(Base + 11, [new(1, "u", "(1,y,)") { Unchanged = "001" }])]);
        Assert.Equal(["1|y|large", "2|x|two"], await RowsAsync());
    }

    [Fact]
    public async Task A_users_row_gives_way_and_comes_back_as_his()
    {
        await StartAsync(Plain);
        var (tick, lsn) = await UserAsync("INSERT INTO public.t VALUES (1, 'x', 'user')");
        await applied.ApplyAsync(1, [new AppliedTransaction(tick + 10, [new(1, "c", "(2,x,remote)")])]);
        Assert.Equal(["2|x|remote"], await RowsAsync());
        Assert.Equal(["1|x|user"], await HiddenAsync());

        // This node's own delete from before the row was written, which comes late, does not touch it, hidden or shown again.
        await applied.ApplyAsync(0, [new AppliedTransaction(tick, [new(1, "d", "(1,,)")]) { Lsn = lsn - 1 }]);
        Assert.Equal(["1|x|user"], await HiddenAsync());
        await applied.ApplyAsync(1, [new AppliedTransaction(tick + 20, [new(1, "d", "(2,,)")])]);
        Assert.Equal(["1|x|user"], await RowsAsync());
        await applied.ApplyAsync(0, [new AppliedTransaction(tick, [new(1, "d", "(1,,)")]) { Lsn = lsn }]);
        Assert.Equal(["1|x|user"], await RowsAsync());
    }

    [Fact]
    public async Task A_user_who_gives_a_value_up_brings_the_hidden_row_back()
    {
        await StartAsync(Plain);
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        var (tick, lsn) = await UserAsync("DELETE FROM public.t; INSERT INTO public.t VALUES (2, 'x', 'user')");
        await applied.ApplyAsync(1, [new AppliedTransaction(Base + 20, [new(1, "c", "(3,x,three)")])]);
        Assert.Equal(["2|x|user"], await RowsAsync());
        Assert.Equal(["3|x|three"], await HiddenAsync());
        await UserAsync("UPDATE public.t SET a = 'y'");
        Assert.Equal(["2|y|user"], await RowsAsync());
        await applied.ApplyAsync(0, [new AppliedTransaction(tick + 10, [new(1, "s", "(2,x,user)")]) { Lsn = lsn + 100 }]);
        Assert.Equal(["2|y|user", "3|x|three"], await RowsAsync());
    }

    [Fact]
    public async Task A_hidden_row_beside_a_users_row_is_void()
    {
        await StartAsync(Plain);
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        await UserAsync("INSERT INTO public.t VALUES (1, 'z', 'user')");
        await ApplyAsync(2, 30, ("d", "(2,,)"));
        Assert.Equal(["1|z|user"], await RowsAsync());
        Assert.Empty(await HiddenAsync());
    }

    /// <summary>The agreement campaign's seed 1717: what was hidden under the key before was shown, and the user's row lost.</summary>
    [Fact]
    public async Task A_row_that_takes_the_place_of_a_void_one_among_the_hidden_stands()
    {
        await StartAsync("CREATE TABLE public.t (id int PRIMARY KEY, a text UNIQUE, b text UNIQUE)");
        await ApplyAsync(1, 10, ("c", "(1,x,)"));
        await ApplyAsync(2, 20, ("c", "(2,x,)"));
        var (tick, _) = await UserAsync("INSERT INTO public.t VALUES (1, NULL, 'y')");
        await applied.ApplyAsync(2, [new AppliedTransaction(tick + 10, [new(1, "u", "(2,,y)")])]);
        Assert.Equal(["2|∅|y"], await RowsAsync());
        Assert.Equal(["1|∅|y"], await HiddenAsync());
    }

    [Fact]
    public async Task Columns_that_come_and_go_do_so_in_the_hidden_table()
    {
        await StartAsync(Plain);
        await ApplyAsync(2, 20, ("c", "(2,x,two)"));
        await ApplyAsync(1, 10, ("c", "(1,x,one)"));
        await server.ExecuteAsync(
            database,
            "ALTER TABLE public.t DROP b, ADD c int NOT NULL DEFAULT 7, ALTER a TYPE varchar; CREATE UNIQUE INDEX ON public.t (c, a)");
        await applied.InstallAsync();
        await ApplyAsync(2, 30, ("d", "(2,,)"));
        Assert.Equal(["1|x|7"], await RowsAsync());
    }

    async Task StartAsync(string ddl) => applied = await AppliedDatabase.CreateAsync(server, database, ddl, cluster: "app");

    Task ApplyAsync(int writer, long tick, params (string Op, string? Row)[] changes) => applied.ApplyAsync(
        writer, [new AppliedTransaction(Base + tick, [.. changes.Select(change => new AppliedChange(1, change.Op, change.Row))])]);

    /// <returns>The commit's tick, and a position just before its record.</returns>
    async Task<(long Tick, ulong Lsn)> UserAsync(string sql)
    {
        await using var connection = await server.ConnectAsync(database);
        await using var command = new NpgsqlCommand(
            $"BEGIN; {sql}; SELECT pg_current_xact_id()::xid, pg_current_wal_insert_lsn() - '0/0'::pg_lsn", connection);
        uint xid;
        ulong lsn;
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            (xid, lsn) = (reader.GetFieldValue<uint>(0), (ulong)reader.GetDecimal(1));
        }

        command.CommandText = $"COMMIT; SELECT kafkabridge.tick(pg_xact_commit_timestamp('{xid}'))";
        return ((long)(await command.ExecuteScalarAsync())!, lsn);
    }

    Task<IReadOnlyList<string>> RowsAsync() => server.TextAsync(database, "SELECT * FROM public.t ORDER BY 1");

    async Task<IReadOnlyList<string>> HiddenAsync() =>
        await server.TextAsync(database, $"SELECT id, a, b FROM {await HiddenTableAsync()} ORDER BY 1");

    Task<IReadOnlyList<string>> IdsAsync(string table) => server.TextAsync(database, $"SELECT id FROM {table} ORDER BY 1");

    async Task<string> HiddenTableAsync() =>
        (await server.ScalarAsync<string>(database, "SELECT 'kafkabridge.hidden_' || 'public.t'::regclass::oid"))!;
}
