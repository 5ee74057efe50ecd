namespace KafkaBridge.Capture;

/// <summary>Every bound of capture: nothing here grows with a transaction's size or with the time that Kafka is away.</summary>
static class Limits
{
    /// <summary>Records that Kafka has not acknowledged; reading stops at this many.</summary>
    public const int InFlightRecords = 16_000;

    /// <summary>Their bytes; one record more may always go out, else a large one never could.</summary>
    public const long InFlightBytes = 24 * 1024 * 1024;

    /// <summary>Transactions decoded whose spine entry is not produced.</summary>
    public const int PendingEntries = 20_000;

    public const int TransactionsPerSpineRecord = 500;

    public const int ExtentsPerSpineRecord = 4_000;

    /// <summary>Clock readings that wait for decoding; the oldest goes first.</summary>
    public const int PendingBeats = 16;

    /// <summary>Clock readings remembered until their WAL is published: at a heartbeat of 1 s, above an hour of them.</summary>
    public const int UnpublishedReadings = 4096;

    /// <summary>Kept free in a record for Kafka's own framing and our headers.</summary>
    public const int RecordOverhead = 1024;

    /// <summary>No encoding of a value is shorter than its text by this factor.</summary>
    public const int TextToEncoded = 8;

    /// <summary>How often an idle stream is asked for the keepalive's position: Npgsql doesn't tell of keepalives.</summary>
    public static readonly TimeSpan KeepaliveLook = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long Kafka may answer for no record that waits before the session ends and the next takes its place. Longer than
    /// Kafka's client tries one request (socket.timeout.ms is 60 s).
    /// </summary>
    public static readonly TimeSpan Unanswered = TimeSpan.FromMinutes(2);

    /// <summary>Between two looks whether the others' clocks have come so far.</summary>
    public static readonly TimeSpan ClockLook = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks ahead for origins that are not a bridge's: each is a question to the server.</summary>
    public static readonly TimeSpan LookAhead = TimeSpan.FromMilliseconds(5);

    /// <summary>Between two looks whether a transaction is visible yet.</summary>
    public static readonly TimeSpan VisibilityLook = TimeSpan.FromMilliseconds(1);

    /// <summary>Between two confirmations while the spine grows: what is written meanwhile is WAL that the source keeps.</summary>
    public static readonly TimeSpan ConfirmEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How often in a <see cref="PaceWindow"/> the stream's reader may be woken: to be woken costs more than a message. A
    /// transaction by itself wakes it up to five times.
    /// </summary>
    public const int Wakes = 8;

    /// <summary>
    /// After more spine records than this in a <see cref="PaceWindow"/> the writer waits: each is a request, and an answer to each
    /// reader.
    /// </summary>
    public const int SpineRecords = 2;

    public static readonly TimeSpan PaceWindow = TimeSpan.FromMilliseconds(10);

    /// <summary>From so many transactions a second on they are read every <see cref="GatherFor"/>.</summary>
    public const int GatherFrom = 300;

    /// <summary>
    /// Up to so many bytes a second: what gathers meanwhile has to fit into the socket, or the server waits for the reader.
    /// </summary>
    public const long GatherBytes = 4 * 1024 * 1024;

    public static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(50);

    /// <summary>How long transactions are counted until their rate is known.</summary>
    public static readonly TimeSpan GatherWindow = TimeSpan.FromMilliseconds(100);

    /// <summary>So many records of a transaction that comes by itself go out at once; what a larger one has more gathers.</summary>
    public const int RecordsSoon = 20;

    public static readonly TimeSpan SlotLook = TimeSpan.FromMilliseconds(20);
}
