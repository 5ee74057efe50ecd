namespace KafkaBridge.Apply;

/// <summary>Every bound of the applier.</summary>
static class Limits
{
    /// <summary>Bytes read and not yet applied of one origin, its queue's bound; one larger row alone passes.</summary>
    public const long OriginBytes = 4 * 1024 * 1024;

    /// <summary>Bytes of all topic-partitions that wait for their turn.</summary>
    public const long DataBytes = 8 * 1024 * 1024;

    /// <summary>What a topic-partition may add to that while a reader waits for another's record.</summary>
    public const long CrowdedPartitionBytes = 256 * 1024;

    /// <summary>An array that values of one topic-partition share while they wait.</summary>
    public const int ValueArrayBytes = 32 * 1024;

    /// <summary>The array that every value comes through: what a larger one took is given back with the next.</summary>
    public const int TakenValueBytes = 256 * 1024;

    /// <summary>What an item counts for besides its values.</summary>
    public const int ItemBytes = 200;

    /// <summary>Offsets to read over rather than to seek past.</summary>
    public const long SeekGap = 10_000;

    /// <summary>A value in pieces: PostgreSQL's own bound of one.</summary>
    public const long ChunkedValueBytes = 1L << 30;

    /// <summary>Characters of one value in kafkabridge.conflict; what is longer is cut and marked.</summary>
    public const int ConflictValueLength = 1024;

    /// <summary>Characters of one row in kafkabridge.conflict, all its values together.</summary>
    public const int ConflictRowLength = 16 * 1024;

    /// <summary>Rows of kafkabridge.conflict that one TRUNCATE of one table may write.</summary>
    public const int TruncateConflicts = 1000;

    /// <summary>Rows of kafkabridge.conflict that one change may write because of the unique values it claims.</summary>
    public const int ClaimConflicts = 100;

    /// <summary>Deletes of rows that foreign keys refer to, looked at together.</summary>
    public const int ParentDeletes = 500;

    /// <summary>Rows that refer to what was deleted, of one foreign key, noted or dealt with at once.</summary>
    public const int Orphans = 1000;

    /// <summary>Rows of kafkabridge.conflict; the oldest are forgotten first.</summary>
    public const long Conflicts = 100_000;

    /// <summary>Rows of kafkabridge.conflict that are on their way to Kafka at once.</summary>
    public const int PublishedConflicts = 200;

    /// <summary>Characters of questions to functions and of their answers that a session remembers; then all are forgotten.</summary>
    public const long AnswersLength = 2 * 1024 * 1024;

    /// <summary>Source transactions in one CALL.</summary>
    public const int BatchTransactions = 1000;

    /// <summary>Changes in one CALL or one piece of a large transaction.</summary>
    public const int BatchChanges = 5000;

    /// <summary>Bytes of rows in one CALL or one piece of a large transaction.</summary>
    public const int BatchBytes = 2 * 1024 * 1024;

    /// <summary>Rows of a table in a piece of a large transaction from which on they are written by COPY.</summary>
    public const int CopyRows = 200;

    /// <summary>What is collected of them before it is sent.</summary>
    public const int CopyBytes = 64 * 1024;

    /// <summary>Marks of one node's knowledge of another, one a tick at most, the oldest forgotten first.</summary>
    public const int KnowledgeMarks = 16_384;

    /// <summary>Rows that one statement of the collection removes.</summary>
    public const int CollectedRows = 5000;

    /// <summary>
    /// How often in a row a transaction is tried again that meets a unique value which a user wrote at the same moment.
    /// </summary>
    public const int UniqueRaces = 5;

    /// <summary>How long an origin's inserts look for rows of their keys after one has met a row.</summary>
    public static readonly TimeSpan FreshAgain = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan ConflictAge = TimeSpan.FromDays(30);

    public static readonly TimeSpan PublishConflictsEvery = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan CollectEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long the collection waits for the origins' sessions to stand still.</summary>
    public static readonly TimeSpan CollectPatience = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan SelfPositionEvery = TimeSpan.FromSeconds(10);

    /// <summary>An idle origin's spine offset is kept well inside the spine's retention.</summary>
    public static readonly TimeSpan IdlePositionEvery = TimeSpan.FromMinutes(10);

    /// <summary>How often offsets are committed for lag tools to see.</summary>
    public static readonly TimeSpan OffsetsShownEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long a consumer that is closed tries to commit what it has not committed yet.</summary>
    public static readonly TimeSpan LastCommit = TimeSpan.FromSeconds(3);

    /// <summary>How often rows that refer to what was deleted are looked for.</summary>
    public static readonly TimeSpan OrphansEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a row that was dealt with by rule, here or elsewhere, is left before it is looked at again.</summary>
    public static readonly TimeSpan OrphansAgain = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan RetryFirst = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan RetryMost = TimeSpan.FromSeconds(15);
}
