namespace KafkaBridge.Changes.Conflicts;

/// <summary>What is stored beside the row: the tombstones that cover its key, and who knew whom.</summary>
/// <param name="ChangeKnewLocal">The change's writer had applied what decides here (the row, or where it's missing the tombstone).</param>
/// <param name="LocalKnewChange">The writer of what decides here had applied the change: it came here by another way first.</param>
public readonly record struct LocalVersions(Stamp? Tombstone, Stamp? TableTombstone, bool ChangeKnewLocal, bool LocalKnewChange)
{
    /// <summary>The greater of the two tombstones.</summary>
    public Stamp? Grave => Nullable.Compare(Tombstone, TableTombstone) >= 0 ? Tombstone : TableTombstone;
}
