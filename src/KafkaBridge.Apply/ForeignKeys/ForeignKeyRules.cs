using KafkaBridge.Apply.Sql;
using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;
using KafkaBridge.Postgres;

namespace KafkaBridge.Apply.ForeignKeys;

/// <summary>A foreign key, and what becomes of rows for which it refers to nothing.</summary>
sealed record RuledForeignKey(OrphanSql Sql, ForeignKeyRule Rule)
{
    public bool Acts => Rule != ForeignKeyRule.Report;
}

/// <summary>The foreign keys between the replicated tables. One from a table without a key is none: nothing of it can be named.</summary>
sealed class ForeignKeyRules
{
    public ForeignKeyRules(IReadOnlyList<TableDefinition> tables, IReadOnlyDictionary<RelationName, ForeignKeyRule> rules)
    {
        var byOid = tables.Where(table => table.HasKey).ToDictionary(table => table.Oid, table => new TableSql(table));
        Tables = byOid;
        All =
        [
            .. from child in byOid.Values
               from key in child.Table.ForeignKeys
               where byOid.ContainsKey(key.Referenced)
               select new RuledForeignKey(
                   new OrphanSql(child, key, byOid[key.Referenced]), rules.GetValueOrDefault(child.Table.Name)),
        ];
    }

    public IReadOnlyDictionary<uint, TableSql> Tables { get; }

    public IReadOnlyList<RuledForeignKey> All { get; }

    /// <summary>The tables of which rows may be brought back.</summary>
    public IReadOnlySet<uint> Restored =>
        All.Where(key => key.Rule == ForeignKeyRule.RestoreParent).Select(key => key.Sql.Key.Referenced).ToHashSet();

    /// <summary>Some rule does more than report.</summary>
    public bool Act => All.Any(key => key.Acts);
}
