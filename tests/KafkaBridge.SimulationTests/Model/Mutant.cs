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

    /// <summary>There is no trigger: every row that was rewritten looks like a new local write.</summary>
    RewriteUnnoticed,

    /// <summary>A rewrite keeps no versions: every row is older than anything that can come.</summary>
    RewriteForgetsVersions,

    /// <summary>A rewrite keeps the versions above the horizon, and the other rows look new.</summary>
    RewriteNotNoted,

    /// <summary>A rewrite keeps no versions below the horizon, though rows are hidden.</summary>
    RewriteForgetsBesideHidden,

    /// <summary>A row that a session of this node wrote is no longer known as such after a rewrite.</summary>
    RewriteForgetsWhoWrote,

    /// <summary>What a transaction wrote that also rewrote the table is not self-applied.</summary>
    RewriterNotSelfApplied,

    /// <summary>Capture that starts again says that nothing of the others was applied.</summary>
    VectorForgottenAtRestart,

    /// <summary>Each node prefers its own writes: keep_local.</summary>
    KeepLocal,

    /// <summary>A row's writes are taken as they come.</summary>
    ByArrival,

    /// <summary>A row's writes are settled whatever was promised.</summary>
    SettledEarly,

    /// <summary>A transaction is applied before what its writer had applied.</summary>
    CausalWaitLeftOut,

    /// <summary>A transaction is applied before what its writer had applied of this node's own.</summary>
    OwnWritesNotAwaited,

    /// <summary>No write knows another node's.</summary>
    VectorIgnored,

    /// <summary>A row that a user wrote is replaced like any other.</summary>
    RawRowsReplaced,

    /// <summary>An own write that finds its own row is not told from another.</summary>
    OwnImageNotRecognised,

    /// <summary>What was last shown is not stored.</summary>
    ShownForgotten,

    /// <summary>Whatever stands there counts as shown.</summary>
    ShownIsPresentRow,

    /// <summary>A history begins with the row as it stands there, not as the first write found it.</summary>
    BaseIsPresentRow,

    /// <summary>A history begins with no row.</summary>
    BaseForgotten,

    /// <summary>A write's differences are taken from the row as it stands here.</summary>
    OldIsPresentRow,

    /// <summary>A history goes when all its writes are settled, whoever has applied them.</summary>
    DroppedWhenSettled,

    /// <summary>A history goes when all nodes have applied the write that took last.</summary>
    DroppedByTheLastThatTook,

    /// <summary>Whether this node has applied the writes is read from its progress, not from its own log.</summary>
    OwnProgressAsItIs,

    /// <summary>A node counts as having applied its own writes when it has published them.</summary>
    OwnWritesCountAsApplied,

    /// <summary>What a node has applied counts once it is read, before what stands before it in its log is applied.</summary>
    VectorsReadAhead,

    /// <summary>A standby that takes over does not read its node's log.</summary>
    TailNotRead,

    /// <summary>A standby that takes over reads its node's log, but not all that the log says was applied.</summary>
    TailReadWithoutItsVector,

    /// <summary>What is stored of a row forgets which write it began with.</summary>
    InsertForgottenInStore,

    /// <summary>What is stored of a row forgets which write took last.</summary>
    WriterForgottenInStore,

    /// <summary>Of a deleted row nothing is stored.</summary>
    DeletedForgottenInStore,

    /// <summary>A counter is written, not added to.</summary>
    CounterIsWritten,

    /// <summary>Of two values the later is the greater, and the less.</summary>
    LaterIsGreater,

    /// <summary>Of two sets the later stands.</summary>
    LaterSetStands,

    /// <summary>Of two texts or objects the later stands.</summary>
    LaterTextStands,

    /// <summary>A copy has no tombstones.</summary>
    TombstonesNotCopied,

    /// <summary>A copy has no tombstone of the table.</summary>
    TableTombstoneNotCopied,

    /// <summary>A copy has no hidden rows.</summary>
    HiddenNotCopied,

    /// <summary>A copy's rows have the versions of the xmins that they were copied from.</summary>
    OverridesNotCopied,

    /// <summary>A copy has no histories of rows.</summary>
    HistoriesNotCopied,

    /// <summary>What is loaded in bulk has the commit time of the loading.</summary>
    OldRowsWithTheCopysTime,

    /// <summary>All rows of a copy count as old.</summary>
    NewRowsAsOld,

    /// <summary>Old rows are loaded in bulk though something is hidden in their table.</summary>
    BulkBesideHidden,

    /// <summary>The positions of a copy are those of a later moment than its rows.</summary>
    PositionsFromLater,

    /// <summary>What a source's sessions wrote counts as written by sessions of the copy.</summary>
    RowsOfPhysicalCopyAreOwn,

    /// <summary>A hidden row, or one shown again, that a session of the source wrote counts as one of the copy's session.</summary>
    RawMarksCopied,

    /// <summary>What a source had settled before the copy is applied to it again.</summary>
    SettledTakenAgain,

    /// <summary>Who claims what a source's user released just before the copy stays hidden there.</summary>
    ReleaseInCopyNotSettled,

    /// <summary>A source's write that stands in the copy already is not told from another.</summary>
    OwnImageInCopyNotRecognised,

    /// <summary>A copy stands though its source lost what it had not published.</summary>
    CopyOfLostStands,

    /// <summary>A node that joined is not counted when others collect.</summary>
    JoinerNotCounted,

    /// <summary>A node that joined is not counted when others forget a row's history.</summary>
    JoinerNotAwaited,

    /// <summary>A node that joins writes without a first promise, and before it has applied what others had.</summary>
    FirstPromiseLeftOut,

    /// <summary>A node that joins promises what all have promised, but doesn't wait until they count it.</summary>
    CountingNotAwaited,

    /// <summary>A node that joins writes before it has applied what the others had when they began to count it.</summary>
    JoinerWritesBehind,

    /// <summary>A node that starts again counts the first nodes only.</summary>
    MembersForgottenAtRestart,

    /// <summary>A node that left is counted for ever.</summary>
    RemovedStillCounted,

    /// <summary>A node that left is not counted any more, whatever of it is still to come here.</summary>
    RemovedNotAwaited,

    /// <summary>What a node writes after its log's end is applied.</summary>
    AcceptedAfterTheEnd,

    /// <summary>A backup that is restored is taken for one of the last incarnation.</summary>
    RestoredInLine,

    /// <summary>A backup is restored that has what was never published, though its node's log went on without.</summary>
    UnpublishedComesLate,

    /// <summary>Of two updates each node prefers its own, whatever the other kinds' rules are.</summary>
    KeepLocalForAKind,

    /// <summary>Every kind of conflict is decided by the rule of the row.</summary>
    KindsForgotten,

    /// <summary>What meets a deletion is decided as if the row were there.</summary>
    DeletedCountsAsThere,

    /// <summary>A key change onto a row is decided as an insert of it.</summary>
    KeyChangeCountsAsInsert,

    /// <summary>A function gets the node's own row first, then the other.</summary>
    FunctionGetsOwnRowFirst,

    /// <summary>On one node the function is another: CREATE OR REPLACE there alone.</summary>
    FunctionIsAnotherSomewhere,

    /// <summary>A function gets a version that names the node that asks.</summary>
    FunctionGetsVersionOfNode,

    /// <summary>Where a function says that there is no row, what stands stays.</summary>
    DeleteByFunctionIgnored,

    /// <summary>What is stored of a row that a function put together has its last write only.</summary>
    BesideForgottenInStore,

    /// <summary>A row whose commit time is lost is older than every change.</summary>
    LostIsOld,

    /// <summary>A row whose origin is lost counts as written by a session of the node.</summary>
    LostIsOwn,

    /// <summary>Own transactions of before a loss note no versions.</summary>
    LostNotNoted,

    /// <summary>Others are applied before own transactions have noted their versions.</summary>
    LostNotAwaited,

    /// <summary>What is lost counts as at or below the positions, though own transactions beyond wrote some of it.</summary>
    LostOwnNotBounded,

    /// <summary>What an earlier own transaction noted for a row stands, where a later one that wrote it is not recognised.</summary>
    LostKeepsEarlierNote,
}

static class Mutants
{
    /// <summary>Ways to break last_update_wins with unique values.</summary>
    public static IEnumerable<Mutant> OfRows => From(Mutant.None + 1, before: Mutant.RewriteUnnoticed);

    /// <summary>Ways to break what is done about a rewrite.</summary>
    public static IEnumerable<Mutant> OfRewrites => From(Mutant.RewriteUnnoticed, before: Mutant.VectorForgottenAtRestart);

    /// <summary>Ways to break the rules that need a row's history.</summary>
    public static IEnumerable<Mutant> OfFolds =>
    [
        Mutant.NoF, Mutant.NoW, Mutant.NotMonotone, Mutant.FForgottenAtRestart, Mutant.DedupeSkipped,
        Mutant.SelfApplyLeftOut, Mutant.SelfApplyNotRepeated,
        .. From(Mutant.VectorForgottenAtRestart, before: Mutant.TombstonesNotCopied),
    ];

    /// <summary>Ways to break rules that differ by the kind of conflict.</summary>
    public static IEnumerable<Mutant> OfKinds =>
    [
        Mutant.ByArrival, Mutant.SettledEarly, Mutant.DeletedForgottenInStore, Mutant.WriterForgottenInStore,
        .. From(Mutant.KeepLocalForAKind, before: Mutant.FunctionGetsOwnRowFirst),
    ];

    /// <summary>Ways to break a function that decides.</summary>
    public static IEnumerable<Mutant> OfFunctions =>
    [
        Mutant.ByArrival, Mutant.SettledEarly, Mutant.DeletedForgottenInStore, Mutant.WriterForgottenInStore,
        .. From(Mutant.FunctionGetsOwnRowFirst, before: Mutant.LostIsOld),
    ];

    /// <summary>Ways to break what is done where commit times are lost.</summary>
    public static IEnumerable<Mutant> OfLosses => Enum.GetValues<Mutant>().Where(one => one >= Mutant.LostIsOld);

    /// <summary>Ways to break copies, joins, removal and restoring, for last_update_wins.</summary>
    public static IEnumerable<Mutant> OfJoins => JoinRules.Append(Mutant.TailNotRead).Except(
        [Mutant.HistoriesNotCopied, Mutant.OwnImageInCopyNotRecognised, Mutant.JoinerNotAwaited, Mutant.JoinerWritesBehind]);

    /// <summary>The same for rules that need a row's history.</summary>
    public static IEnumerable<Mutant> OfFoldedJoins =>
    [
        Mutant.HistoriesNotCopied, Mutant.PositionsFromLater, Mutant.OwnImageInCopyNotRecognised,
        Mutant.CopyOfLostStands, Mutant.JoinerNotCounted, Mutant.JoinerNotAwaited, Mutant.FirstPromiseLeftOut, Mutant.CountingNotAwaited,
        Mutant.JoinerWritesBehind, Mutant.MembersForgottenAtRestart, Mutant.RemovedStillCounted, Mutant.RemovedNotAwaited,
        Mutant.AcceptedAfterTheEnd, Mutant.RestoredInLine, Mutant.TailNotRead, Mutant.TailReadWithoutItsVector,
    ];

    static IEnumerable<Mutant> JoinRules => From(Mutant.TombstonesNotCopied, before: Mutant.KeepLocalForAKind);

    static IEnumerable<Mutant> From(Mutant first, Mutant before) => Enum.GetValues<Mutant>().Where(one => one >= first && one < before);
}
