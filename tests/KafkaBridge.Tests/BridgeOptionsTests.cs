using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Options;

namespace KafkaBridge.Tests;

public sealed class BridgeOptionsTests
{
    const string Smallest = """
        cluster: shop
        kafka: { bootstrap.servers: "localhost:9092" }
        registry: embedded
        nodes:
          eu: { dsn: "postgresql://bridge@eu-db/shop" }
          us: { dsn: "host=us-db dbname=shop user=bridge" }
        tables: ["public.*"]
        """;

    static BridgeOptions Read(string text, params (string Name, string Value)[] environment) =>
        BridgeOptionsReader.Parse("kafkabridge.yaml", text, environment.ToDictionary(pair => pair.Name, pair => pair.Value));

    static IReadOnlyList<ConfigurationFinding> Findings(string text, params (string Name, string Value)[] environment) =>
        Assert.Throws<ConfigurationException>(() => Read(text, environment)).Findings;

    [Fact]
    public void The_smallest_file_works()
    {
        var options = Read(Smallest);
        Assert.Equal("shop", options.Cluster);
        Assert.Equal(["eu", "us"], options.Nodes.Select(node => node.Name));
        Assert.Equal("localhost:9092", options.KafkaKeys["bootstrap.servers"]);
        Assert.Null(options.Registry.Url);
        Assert.Equal(1, options.PartitionsPerNode);
        Assert.Equal("kafkabridge_shop_eu", options.SlotName(options.Nodes[0]));
    }

    [Fact]
    public void A_clock_may_be_ahead_by_five_seconds_unless_the_file_says_otherwise()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), Read(Smallest).MaxSkew);
        Assert.Equal(TimeSpan.FromSeconds(30), Read(Smallest + "\nmax_skew: 30s").MaxSkew);
        Assert.Contains("max_skew", Assert.Single(Findings(Smallest + "\nmax_skew: 0s")).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_is_refused_with_its_place_and_the_nearest_name()
    {
        var finding = Assert.Single(Findings(Smallest + "\npartition_per_node: 2"));
        Assert.Equal((8, 1), (finding.Line, finding.Column));
        Assert.Contains("did you mean 'partitions_per_node'?", finding.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_wrong_is_reported_at_once()
    {
        var findings = Findings("""
            cluster: Shop
            kafka: { bootstrap.server: "x" }
            nodes:
              a-b: { dsn: "host=x" }
              a_b: { dsn: "host=x" }
              c: { dns: "host=x" }
            tables: [public]
            keyless: maybe
            """);
        Assert.True(findings.Count >= 6, string.Join('\n', findings));
        Assert.All(findings, finding => Assert.True(finding.Line > 0, finding.Sentence));
    }

    [Fact]
    public void Names_that_become_one_slot_are_refused()
    {
        var options = Read(Smallest);
        Assert.Equal("eu", options.Nodes[0].Identifier);
        Assert.Contains(
            "-", Assert.Single(Findings(Smallest.Replace("us:", "a--------------------------:", StringComparison.Ordinal))).Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Conflict_rules_are_read_for_tables_rows_and_columns()
    {
        var options = Read(Smallest + "\nconflicts: { default: first_update_wins, priority: [us, eu], tables: "
            + "{ public.notes: origin_priority, public.accounts: { balance: delta, \"*\": last_update_wins } } }");
        Assert.Equal("origin_priority", options.Conflicts.For("public.notes").ToString());
        Assert.Equal("last_update_wins, balance: delta", options.Conflicts.For("public.accounts").ToString());
        Assert.Equal("first_update_wins", options.Conflicts.For("public.others").ToString());
        Assert.Equal(["us", "eu"], options.Conflicts.Priority);
        Assert.NotEqual(Read(Smallest).Hash, options.Hash);
        Assert.Equal(Read(Smallest).Hash, Read(Smallest + "\nconflicts: { default: last_update_wins }").Hash);
    }

    [Fact]
    public void Kinds_of_conflict_may_have_a_strategy_of_their_own()
    {
        var options = Read(Smallest + "\nconflicts: { default: { when: concurrent, update_deleted: manual }, priority: [us], tables: "
            + "{ public.notes: { \"*\": { default: manual, update_exists: origin_priority, insert_exists: manual } } } }");
        Assert.Equal("last_update_wins, update_deleted: manual", options.Conflicts.For("public.others").ToString());
        Assert.Equal("manual, update_exists: origin_priority", options.Conflicts.For("public.notes").ToString());
        Assert.True(options.Conflicts.For("public.others").NeedsHistory);
        Assert.Equal(
            Read(Smallest).Hash, Read(Smallest + "\nconflicts: { default: { when: concurrent, insert_exists: last_update_wins } }").Hash);
    }

    [Fact]
    public void A_function_decides_a_table_or_kinds_of_its_conflicts()
    {
        var options = Read(Smallest + "\nconflicts: { tables: { public.a: { sql_function: app.merge }, "
            + "public.b: { sql_function: app.merge, n: delta }, public.c: { sql_function: max }, "
            + "public.d: { \"*\": { default: manual, update_deleted: { sql_function: app.merge } } } } }").Conflicts;
        Assert.Equal("sql_function app.merge", options.For("public.a").ToString());
        Assert.Equal("sql_function app.merge, n: delta", options.For("public.b").ToString());
        Assert.Equal("last_update_wins, sql_function: max", options.For("public.c").ToString()); // a column of that name
        Assert.Equal("manual, update_deleted: sql_function app.merge", options.For("public.d").ToString());
        Assert.Equal(new RelationName("app", "merge"), options.For("public.d").Row.Function);
        Assert.Contains("conflicts public.a sql_function app.merge", options.Lines);
        Assert.Equal(
            "sql_function app.merge",
            Read(Smallest + "\nconflicts: { default: { sql_function: app.merge } }").Conflicts.For("public.z").ToString());
    }

    [Fact]
    public void A_mistyped_rule_is_answered_with_the_nearest()
    {
        var conflicts = "\nconflicts: { tables: { public.a: first_update_win, public.b: { n: delt }, public.c: "
            + "{ \"*\": { update_exist: manual } } } }";
        Assert.Collection(
            Findings(Smallest + conflicts), row => Assert.Equal("write first_update_wins", row.Try),
            column => Assert.Equal("write delta", column.Try),
            kind => Assert.Contains("did you mean 'update_exists'", kind.Sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Foreign_keys_have_one_rule_or_one_by_table()
    {
        var all = Read(Smallest + "\nconflicts: { foreign_keys: restore_parent }").Conflicts.ForeignKeys;
        Assert.Equal(ForeignKeyRule.RestoreParent, all.For(new RelationName("public", "line")));
        var some = Read(Smallest + "\nconflicts: { foreign_keys: { default: delete_child, public.line: report } }");
        Assert.Equal(ForeignKeyRule.Report, some.Conflicts.ForeignKeys.For(new RelationName("public", "line")));
        Assert.Equal(ForeignKeyRule.DeleteChild, some.Conflicts.ForeignKeys.For(new RelationName("public", "order")));
        Assert.Equal(["conflicts foreign_keys delete_child", "conflicts foreign_keys public.line report"], some.Conflicts.Lines);
        Assert.NotEqual(Read(Smallest).Hash, some.Hash);
        Assert.Equal(Read(Smallest).Hash, Read(Smallest + "\nconflicts: { foreign_keys: { public.line: report } }").Hash);
    }

    [Theory]
    [InlineData("{ foreign_keys: cascade }", "no rule 'cascade' for foreign keys")]
    [InlineData("{ foreign_keys: { line: report } }", "the form is schema.table")]
    [InlineData("{ default: keep_local }", "can't converge")]
    [InlineData(
        "{ tables: { public.notes: apply_remote } }",
        "'conflicts.tables.public.notes': The rule 'apply_remote' can't converge: of two concurrent writes each node would keep "
        + "the other's. Write first_update_wins, or origin_priority with the node to prefer.")]
    [InlineData(
        "{ tables: { public.notes: { \"*\": { insert_exists: keep_local } } } }", "notes.*.insert_exists': The rule 'keep_local' can't")]
    [InlineData("{ default: { delete_exists: manual } }", "Write update_deleted or insert_deleted")]
    [InlineData("{ default: { truncate_differs: manual } }", "refuses TRUNCATE")]
    [InlineData("{ default: { when: always } }", "could never be changed again")]
    [InlineData("{ default: { when: now } }", "write concurrent")]
    [InlineData("{ default: { update_exists: origin_priority } }", "no list of nodes")]
    [InlineData("{ default: sql_function }", "Write { sql_function: schema.function }")]
    [InlineData("{ default: { sql_function: merge } }", "the form is schema.function")]
    [InlineData("{ default: { update_deleted: {} } }", "names no strategy")]
    [InlineData("{ tables: { public.a: { sql_function: app.f, \"*\": manual } } }", "says twice how its rows are decided")]
    [InlineData("{ default: { default: manual, sql_function: app.f } }", "has a default and sql_function, which is one too")]
    [InlineData("{ default: { sql_function: app.f, update_deleted: { sql_function: app.g } } }", "names app.f and app.g; one function")]
    [InlineData("{ default: newest }", "no conflict rule 'newest'")]
    [InlineData("{ tables: { public.accounts: { balance: sum } } }", "no rule 'sum' for a column")]
    [InlineData("{ tables: { accounts: manual } }", "the form is schema.table")]
    [InlineData("{ default: origin_priority }", "no list of nodes")]
    [InlineData("{ priority: [eu, mars] }", "no such node")]
    public void A_conflict_rule_that_is_none_is_refused_by_name(string conflicts, string sentence) =>
        Assert.Contains(sentence, Assert.Single(Findings($"{Smallest}\nconflicts: {conflicts}")).Sentence, StringComparison.Ordinal);

    [Fact]
    public void Variables_are_replaced_in_all_three_forms()
    {
        var text = Smallest.Replace("localhost:9092", "${HOST}:${PORT:-9093}", StringComparison.Ordinal);
        Assert.Equal("kafka:9093", Read(text, ("HOST", "kafka")).KafkaKeys["bootstrap.servers"]);
        Assert.Contains("HOST is not set", Assert.Single(Findings(text)).Sentence, StringComparison.Ordinal);
        var wanted = Smallest.Replace("localhost:9092", "${HOST:?name the broker}", StringComparison.Ordinal);
        Assert.Contains("name the broker", Findings(wanted)[0].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_overrides_the_file()
    {
        var options = Read(
            Smallest,
            ("KAFKABRIDGE__NODES__EU__DSN", "host=other dbname=d user=u"),
            ("KAFKABRIDGE__KAFKA__SASL_PASSWORD", "hunter22"),
            ("KAFKABRIDGE__ADMIN_PORT", "0"));
        Assert.Contains("Host=other", options.Nodes[0].ConnectionString, StringComparison.Ordinal);
        Assert.Equal("hunter22", options.KafkaKeys["sasl.password"]);
        Assert.Equal(0, options.Admin.Port);
        Assert.Contains("'nonsense'", Assert.Single(Findings(Smallest, ("KAFKABRIDGE__NONSENSE", "1"))).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_admin_address_that_others_can_reach_wants_a_token()
    {
        Assert.Contains("no token", Assert.Single(Findings(Smallest + "\nadmin_address: 0.0.0.0\n")).Sentence, StringComparison.Ordinal);
        var token = Path.GetTempFileName();
        try
        {
            var text = Smallest + $"\nadmin_address: 0.0.0.0\nadmin_token_file: {token}\n";
            Assert.Contains("fewer than 16", Findings(text)[0].Sentence, StringComparison.Ordinal);
            File.WriteAllText(token, "a-token-of-length-26-or-so\n");
            Assert.Equal("a-token-of-length-26-or-so", Read(text).Admin.Token);
            Assert.Equal("0.0.0.0", Read(text).Admin.Address.ToString());
        }
        finally
        {
            File.Delete(token);
        }
    }

    [Fact]
    public void A_planted_password_is_in_no_finding()
    {
        var findings = Findings("""
            cluster: shop
            kafka: { bootstrap.servers: "x:1", sasl.password: "planted-secret" }
            nodes: { eu: { dsn: "postgresql://u:planted-secret@h/d?bogus=1" } }
            tables: ["public.*"]
            """);
        Assert.DoesNotContain("planted-secret", string.Join('\n', findings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_password_comes_from_its_file()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "from-the-file\n");
        var options = Read(Smallest.Replace("eu-db/shop\"", $"eu-db/shop\", password_file: \"{path}\"", StringComparison.Ordinal));
        Assert.Contains("Password=from-the-file", options.Nodes[0].ConnectionString, StringComparison.Ordinal);
        Assert.Equal("a ******** b", options.Redaction.Apply("a from-the-file b"));
        File.Delete(path);
    }

    [Fact]
    public void Keys_that_promises_rest_on_cannot_be_set()
    {
        var text = Smallest.Replace("\"localhost:9092\"", "\"x:1\", acks: \"1\", producer: { linger.ms: 7 }", StringComparison.Ordinal);
        Assert.Contains("'kafka.acks'", Assert.Single(Findings(text)).Sentence, StringComparison.Ordinal);
    }
}
