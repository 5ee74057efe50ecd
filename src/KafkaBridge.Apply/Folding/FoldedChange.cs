using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Apply.Folding;

/// <summary>One change of a table whose rules need a row's history.</summary>
/// <param name="Old">The row before, whole; null: there was none, or the record doesn't have it.</param>
/// <param name="New">The row after; null: there is none.</param>
/// <param name="Key">The key's values.</param>
/// <param name="KeyHash">What tells changes of one row for two sessions.</param>
sealed record FoldedChange(FoldedTable Table, string?[]? Old, string?[]? New, string?[] Key, int Ordinal, int Bytes, int KeyHash)
{
    public RowWrite<string?> WriteOf(SpineTransaction transaction, TransactionPosition position, int writer) => new(
        new Stamp(new RowVersion(transaction.VersionTick, writer), new ChangePosition(position, Ordinal)),
        new KnowledgeVector(writer, transaction.Vector),
        Old,
        New);
}
