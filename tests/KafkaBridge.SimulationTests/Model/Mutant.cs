namespace KafkaBridge.SimulationTests.Model;

/// <summary>Ways to break the rules, planted to see that the suite notices.</summary>
enum Mutant
{
    None,

    /// <summary>A row's version names the node that applied it, not the one that wrote it.</summary>
    TieByApplyingNode,

    /// <summary>Deletes leave no tombstone.</summary>
    NoTombstones,

    /// <summary>Collection drops everything, whatever was promised.</summary>
    TombstonesDroppedEarly,

    /// <summary>Collection compares with the highest tick seen of each origin.</summary>
    CollectionByCommitTime,

    /// <summary>Collection leaves this node's own promise out.</summary>
    CollectionWithoutSelf,

    /// <summary>A promise counts once it is read, before what stands before it is applied.</summary>
    PromiseReadAhead,

    /// <summary>The position row is not looked at: what comes twice is applied twice.</summary>
    DedupeSkipped,

    /// <summary>Versions need not be above what was applied before.</summary>
    NoF,

    /// <summary>Versions need not be above what was promised.</summary>
    NoW,

    /// <summary>Versions need not be above the last one published.</summary>
    NotMonotone,

    /// <summary>The first version after a restart of capture knows nothing applied before.</summary>
    FForgottenAtRestart,

    /// <summary>Self-apply treats rows that users wrote like any other.</summary>
    RawLocalRowsTouched,

    /// <summary>Tombstones store (tick, writer) alone, and a tie loses.</summary>
    PositionsIgnored,

    /// <summary>A node does not apply its own deletes.</summary>
    SelfApplyLeftOut,

    /// <summary>A node applies its own deletes, but not its lifted transactions.</summary>
    LiftedNotSelfApplied,

    /// <summary>A row's version is always that of its xmin.</summary>
    OverridesIgnored,

    /// <summary>"My own row" is told by the transaction's id, so rows written after a savepoint are not recognised.</summary>
    OwnRowByTransactionId,

    /// <summary>The last delete applied sets the tombstone, also where a greater one stands.</summary>
    TombstoneFalls,

    /// <summary>The last TRUNCATE applied sets the table's tombstone, also where a greater one stands.</summary>
    TableTombstoneFalls,

    /// <summary>An update that finds no row is dropped.</summary>
    MissingUpdateDropped,

    /// <summary>The slot is confirmed past what is not yet flushed of self-apply, and a crash loses it.</summary>
    SelfApplyNotRepeated,

    /// <summary>A key's hidden row does not count when a change of the key comes.</summary>
    HiddenIgnoredInDecisions,

    /// <summary>A delete removes the visible row only.</summary>
    HiddenOutlivesTombstone,

    /// <summary>A TRUNCATE removes visible rows only.</summary>
    TruncateSparesHidden,

    /// <summary>A hidden row is shown although its key has a visible row.</summary>
    VoidRowShown,

    /// <summary>Who claims what a local change released stays hidden.</summary>
    LocalReleaseNotSettled,

    /// <summary>A local update that releases a unique value is not self-applied.</summary>
    ReleaseNotSelfApplied,

    /// <summary>Who claims what a remote change released stays hidden.</summary>
    RemoteReleaseNotSettled,

    /// <summary>Who claims what a row held that is hidden now stays hidden.</summary>
    CascadeLeftOut,

    /// <summary>Whoever holds a unique value keeps it.</summary>
    FirstClaimStays,

    /// <summary>Of two rows with one version, whoever comes later takes the unique value.</summary>
    TiesWithoutKey,

    /// <summary>Hidden rows are collected like tombstones.</summary>
    HiddenCollectedByAge,

    /// <summary>A row that is shown again has the version of the transaction that shows it.</summary>
    ShownAsNew,

    /// <summary>A hidden row has the version of its xmin.</summary>
    HideForgetsOverride,

    /// <summary>A row of a local session that was hidden counts as applied.</summary>
    RawForgottenWhenHidden,

    /// <summary>Self-apply of a lifted transaction finds only visible rows.</summary>
    HiddenNotLifted,

    /// <summary>Overrides are collected though rows are hidden in the table.</summary>
    OverrideCollectedBesideHidden,

    /// <summary>An override is collected by its own version, whatever the row's xmin says.</summary>
    OverrideCollectedByItsVersionAlone,

    /// <summary>A hidden row of a local session is never touched by self-apply, also where a later local change made it void.</summary>
    HiddenRawIsAlwaysLater,
}
