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
}
