using System.Text.RegularExpressions;
using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;
using KafkaBridge.TestKit;

namespace KafkaBridge.Apply.Tests;

/// <summary>
/// The generated SQL, word for word, so that a change of it is read in review. KAFKABRIDGE_WRITE_GOLDEN=1 writes the
/// files anew, and fails.
/// </summary>
public sealed partial class GoldenSqlTests
{
    static ColumnDefinition Column(string name, string type, bool key = false, bool generated = false, bool identity = false) =>
        new(name, 25, type, key, key, generated, identity, identity, null, key ? "OPERATOR(pg_catalog.=)" : null);

    static readonly TableDefinition Orders = new(
        16384, new RelationName("public", "Odd \"orders\""), ReplicaIdentity.Default,
        [
            Column("id", "bigint", key: true, identity: true),
            Column("line", "text", key: true),
            Column("tick", "numeric(10,2)"),
            Column("total", "numeric", generated: true),
        ],
        false, []);

    static readonly TableDefinition Log = new(
        16390, new RelationName("public", "log"), ReplicaIdentity.Default,
        [Column("at", "timestamp with time zone"), Column("text", "text")], false, []);

    static readonly TableDefinition Seats = new(
        16400, new RelationName("public", "seat"), ReplicaIdentity.Full,
        [Column("id", "integer", key: true), Column("place", "text"), Column("guest", "text"), Column("held", "boolean")],
        false,
        [
            new(16404, [new("place", "OPERATOR(pg_catalog.=)", "pg_catalog.\"default\"")], null, false, "USING btree (place)"),
            new(
                16405, [new("lower(guest)", "OPERATOR(pg_catalog.=)", null), new("held", "OPERATOR(pg_catalog.=)", null)],
                "held", true, "USING btree (lower(guest), held) WHERE held"),
        ]);

    /// <summary>Orders refer to it, and it to itself by a unique value.</summary>
    static readonly TableDefinition Shops = new(
        16500, new RelationName("public", "shop"), ReplicaIdentity.Full,
        [Column("id", "bigint", key: true), Column("code", "text"), Column("parent", "text")], false,
        [new(16504, [new("code", "OPERATOR(pg_catalog.=)", "pg_catalog.\"default\"")], null, false, "USING btree (code)")])
    {
        IsReferenced = true,
        ReferencedValues = ["code"],
    };

    static readonly TableDefinition Referenced = Orders with { IsReferenced = true };

    static readonly OrphanSql Orphans = new(
        new TableSql(Shops),
        new ForeignKeyDefinition(
            "line's", 16384,
            [
                new("id", "id", "OPERATOR(pg_catalog.=)"), new("parent", "line", "OPERATOR(pg_catalog.=)"),
            ],
            ActsOnDelete: false, IsIndexed: true),
        new TableSql(Referenced));

    static readonly ReferringRows Shown = Orphans.Referring[0];

    static readonly ReferringRows Waiting = Orphans.Referring[1];

    /// <summary>Of a shop by its parent's code.</summary>
    static readonly OrphanSql ByValue = new(
        new TableSql(Shops), new ForeignKeyDefinition("parent", 16500, [new("parent", "code", "OPERATOR(pg_catalog.=)")], false, true),
        new TableSql(Shops));

    [Theory]
    [InlineData("keyed")]
    [InlineData("keyless")]
    [InlineData("conflict")]
    [InlineData("tombstone")]
    [InlineData("run_keyed")]
    [InlineData("run_keyless")]
    [InlineData("apply_run")]
    [InlineData("apply_changes")]
    [InlineData("apply_batch")]
    [InlineData("claimed")]
    [InlineData("claimants")]
    [InlineData("released")]
    [InlineData("settle")]
    [InlineData("settle_all")]
    [InlineData("hidden")]
    [InlineData("collect")]
    [InlineData("keyed_referenced")]
    [InlineData("orphans_note")]
    [InlineData("orphans_find")]
    [InlineData("orphans_hidden")]
    [InlineData("orphans_repair")]
    [InlineData("orphans_truncated")]
    [InlineData("orphans_by_value")]
    [InlineData("claimed_referenced")]
    public void Generated_sql_is_as_reviewed(string name)
    {
        var orders = new TableSql(Orders);
        var log = new TableSql(Log);
        var seats = new ClaimSql(new TableSql(Seats));
        var sql = name switch
        {
            "keyed" => TableFunctions.Keyed(orders),
            "keyless" => TableFunctions.Keyless(log),
            "conflict" => ConflictFunction.For(orders),
            "tombstone" => orders.CreateTombstone,
            "run_keyed" => RunFunctions.Keyed(orders),
            "run_keyless" => RunFunctions.Keyless(log),
            "apply_run" => RunFunctions.Dispatch([orders, seats.Table, log]),
            "apply_changes" => BatchFunctions.ApplyChanges([orders, log]),
            "claimed" => ClaimedTableFunctions.Keyed(seats),
            "claimants" => seats.Claimants,
            "released" => seats.Released,
            "settle" => SettleFunctions.Of(seats),
            "settle_all" => SettleFunctions.Dispatch([seats]),
            "hidden" => seats.Create,
            "keyed_referenced" => TableFunctions.Keyed(new TableSql(Referenced)),
            "orphans_note" => Orphans.Note(ForeignKeyRule.DeleteChild, Shown),
            "orphans_find" => Orphans.Find(ForeignKeyRule.DeleteChild, Shown),
            "orphans_hidden" => More(
                Orphans.Note(ForeignKeyRule.DeleteChild, Waiting), than: Orphans.Note(ForeignKeyRule.DeleteChild, Shown)) + ";\n" + More(
                Orphans.Find(ForeignKeyRule.DeleteChild, Waiting), than: Orphans.Find(ForeignKeyRule.DeleteChild, Shown)),
            "orphans_truncated" => string.Join('\n', ((ForeignKeyRule[])[ForeignKeyRule.DeleteChild, ForeignKeyRule.RestoreParent]).Select(
                rule => More(Orphans.Find(rule, Shown, truncated: true), than: Orphans.Find(rule, Shown)))),
            "orphans_by_value" => More(
                ByValue.Note(ForeignKeyRule.RestoreParent, ByValue.Referring[0]), than: Orphans.Note(ForeignKeyRule.Report, Shown))
                + ";\n" + More(ByValue.Lost, than: ByValue.Note(ForeignKeyRule.Report, ByValue.Referring[0])),
            "claimed_referenced" => More(
                ClaimedTableFunctions.Keyed(new ClaimSql(new TableSql(Shops) { IsRestored = true })),
                than: ClaimedTableFunctions.Keyed(new ClaimSql(new TableSql(Shops with { IsReferenced = false, ReferencedValues = [] })))),
            "orphans_repair" => string.Join(
                ";\n", Orphans.Lock(Shown), Orphans.Dependants, Orphans.ParentsOf, OrphanSql.Delete(Orphans.Child),
                OrphanSql.Restore(Orphans.Referenced)),
            "collect" => string.Join('\n', CollectSql.Statements([Orders, Seats, Shops])),
            _ => BatchFunctions.ApplyBatch(settles: false),
        };
        var path = Repository.Path("tests", "KafkaBridge.Apply.Tests", "Golden", name + ".sql");
        if (Environment.GetEnvironmentVariable("KAFKABRIDGE_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(path, sql + "\n");
            Assert.Fail($"{path} is written; read it, then run without KAFKABRIDGE_WRITE_GOLDEN");
        }

        Assert.Equal(File.ReadAllText(path), sql + "\n");
    }

    /// <summary>An update of a row that nobody deleted meets no second version; another unique constraint stops the origin.</summary>
    [Fact]
    public void The_kinds_that_the_sql_notes_are_those_of_the_model()
    {
        var text = TableFunctions.Keyed(new TableSql(Orders));
        var noted = Enum.GetValues<ConflictKind>().Where(kind => text.Contains($"'{kind.Name()}'", StringComparison.Ordinal));
        Assert.Equal(Enum.GetValues<ConflictKind>().Except(
            [ConflictKind.UpdateMissing, ConflictKind.MultipleUniqueConflicts, ConflictKind.ForeignKeyMissing]), noted);
        var literals = KindLike().Matches(text).Select(match => match.Value.Trim('\'')).Distinct();
        Assert.Empty(literals.Except(Enum.GetValues<ConflictKind>().Select(kind => kind.Name())).Except(["apply_remote", "keep_local"]));
    }

    [Fact]
    public void Rows_are_settled_before_the_position_moves_and_only_where_some_may_be_hidden()
    {
        Assert.DoesNotContain(ApplySql.Statements([Orders, Log]), one => one.Contains("settle", StringComparison.Ordinal));
        var batch = ApplySql.Statements([Orders, Seats]).Last();
        Assert.Matches(@"PERFORM kafkabridge\.settle\([^;]*;\n\s+UPDATE kafkabridge\.position", batch);
    }

    /// <summary>Only the function of a table that is referred to has a statement more.</summary>
    [Fact]
    public void Deletes_are_noted_of_tables_that_foreign_keys_refer_to_and_of_no_others()
    {
        Assert.DoesNotContain(ApplySql.Statements([Orders, Log, Seats]), one => one.Contains("parent_delete", StringComparison.Ordinal));
        var noting = ApplySql.Statements([Referenced, Log, Seats]).Where(one => one.Contains("parent_delete", StringComparison.Ordinal));
        Assert.Collection(
            noting, one => Assert.StartsWith("CREATE TABLE", one, StringComparison.Ordinal),
            one => Assert.Contains("FUNCTION kafkabridge.apply_16384(", one, StringComparison.Ordinal));
    }

    /// <summary>Else the server refuses to compare them.</summary>
    [Fact]
    public void Values_that_sort_by_other_rules_are_compared_by_those_of_the_column_that_is_referred_to()
    {
        var sorted = Shops with { Columns = [Shops.Columns[0], Shops.Columns[1], Shops.Columns[2] with { Collation = "pg_catalog.\"C\"" }] };
        var sql = new OrphanSql(new TableSql(sorted), Orphans.Key, Orphans.Referenced).Find(ForeignKeyRule.Report, Shown);
        Assert.Contains(
            "(d.p).\"line\" COLLATE pg_catalog.\"default\" OPERATOR(pg_catalog.=) t.\"parent\"", sql, StringComparison.Ordinal);
        Assert.DoesNotContain("COLLATE", Orphans.Find(ForeignKeyRule.Report, Shown), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_generated_forbids_commit()
    {
        foreach (var statement in ApplySql.Statements([Orders, Log, Seats]))
        {
            Assert.DoesNotContain("SECURITY DEFINER", statement, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"LANGUAGE plpgsql SET ", statement);
            Assert.DoesNotMatch(@"\bEXCEPTION\s+WHEN\b", statement);
        }
    }

    /// <summary>The lines that one has more.</summary>
    static string More(string sql, string than) => string.Join('\n', sql.Split('\n').Except(than.Split('\n')));

    [GeneratedRegex("'[a-z]+(_[a-z]+)+'")]
    private static partial Regex KindLike();
}
