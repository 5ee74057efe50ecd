namespace KafkaBridge.Kafka;

/// <summary>Every bound of this project, so that none is hidden in a call.</summary>
static class Limits
{
    /// <summary>Copies to the dlq that are not acknowledged yet; more wait for these.</summary>
    public const int DeadLettersOnTheirWay = 1000;

    /// <summary>Foreign records of a log that are remembered with their places; more are passed over all the same.</summary>
    public const int ForeignNoted = 20;

    /// <summary>Records of a spine's end that are looked at for the newest session.</summary>
    public const long SpineLookBack = 64;

    /// <summary>
    /// How long a broker may take to answer a question (metadata, watermarks, admin requests) before the command gives
    /// up: longer than another broker takes to lead the partitions of one that died, which is told after 9 s.
    /// </summary>
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(20);

    /// <summary>How long a command tries on where no broker at all could be connected to: one that restarts is soon there.</summary>
    public static readonly TimeSpan NobodyThere = TimeSpan.FromSeconds(4);

    /// <summary>How long a record of membership or of the registry may take to be acknowledged.</summary>
    public static readonly TimeSpan Append = TimeSpan.FromSeconds(20);

    /// <summary>A log that is being read to its end, or whose own record we wait for, must make progress within this time.</summary>
    public static readonly TimeSpan Progress = TimeSpan.FromSeconds(20);

    /// <summary>New topics and partitions must have leaders within this time.</summary>
    public static readonly TimeSpan Leaders = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan LeaderPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Nodes of one cluster: node n's schema ids are 1 + n modulo this.</summary>
    public const int Nodes = 1000;

    /// <summary>Schema versions the embedded registry keeps in memory.</summary>
    public const int SchemaVersions = 100_000;

    /// <summary>Attempts for a claim or a schema id that others take at the same moment.</summary>
    public const int Races = 100;

    /// <summary>Calls of one request to a schema registry over HTTP, the first included.</summary>
    public const int HttpAttempts = 6;

    public static readonly TimeSpan HttpTimeout = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan HttpBackoff = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan HttpBackoffMax = TimeSpan.FromSeconds(5);
}
