namespace KafkaBridge.Broker;

/// <summary>The bounds of what the broker keeps or allocates for others, beside those in <see cref="BrokerOptions"/>.</summary>
static class BrokerLimits
{
    /// <summary>Of one request before authentication.</summary>
    public const int FrameBytesBeforeAuthentication = 64 << 10;

    /// <summary>Of the records in one fetch response; a first batch above it still comes whole.</summary>
    public const int FetchBytes = 16 << 20;

    /// <summary>
    /// Of any other response: a small request that names one thing a hundred thousand times must not become a large answer.
    /// </summary>
    public const int ResponseBytes = 8 << 20;

    /// <summary>Requests of one connection that wait for the disk together.</summary>
    public const int RequestsUnderWay = 32;

    public const int ProducersPerPartition = 10_000;

    /// <summary>In all topics together.</summary>
    public const int Partitions = 20_000;

    /// <summary>That one request may make: each is a folder with two files.</summary>
    public const int NewPartitionsAtOnce = 1_000;

    public const int FetchSessions = 1_000;

    public const int MetadataBytesPerOffset = 4_096;

    public const int TransactionalIds = 10_000;

    /// <summary>As in Apache Kafka.</summary>
    public const int TransactionTimeoutMs = 900_000;

    public const int MembersPerGroup = 1_000;

    /// <summary>Ways to assign partitions that one member knows; clients have up to four.</summary>
    public const int ProtocolsPerMember = 100;

    public const int Groups = 10_000;

    /// <summary>Of a member's session timeout; the greatest as in Apache Kafka, the least smaller, for tests.</summary>
    public const int LeastSessionMs = 1_000;
    public const int GreatestSessionMs = 1_800_000;

    public const int Connections = 2_000;

    /// <summary>What records of a batch may become when a compaction reads them.</summary>
    public const int InflatedBytes = 16 << 20;

    /// <summary>That one run of compaction tells apart.</summary>
    public const int KeysPerCompaction = 2_000_000;

    public static readonly TimeSpan Handshake = TimeSpan.FromSeconds(15);

    /// <summary>Of an idle connection, as in Apache Kafka.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    /// <summary>The longest that a fetch waits, whatever the client says.</summary>
    public static readonly TimeSpan LongPoll = TimeSpan.FromMinutes(5);

    /// <summary>Of a transactional id that nobody uses, as in Apache Kafka.</summary>
    public static readonly TimeSpan TransactionalIdExpiry = TimeSpan.FromDays(7);

    public static readonly TimeSpan ProducerExpiry = TimeSpan.FromDays(1);
}
