namespace KafkaBridge;

/// <summary>What the process returns; scripts rely on these numbers. All stand in <c>--help</c>.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Precondition = 3;
    public const int PostgresUnreachable = 4;
    public const int KafkaUnreachable = 5;
    public const int RegistryUnreachable = 6;
    public const int Differences = 7;
    public const int ApplyHalted = 8;
    public const int TimedOut = 9;
    public const int OurBug = 70;
    public const int Interrupted = 130;
    public const int Terminated = 143;

    public const string Help = """
        Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 preconditions not met, 4 PostgreSQL unreachable,
        5 Kafka unreachable, 6 schema registry unreachable, 7 differences found, 8 apply halted (a person must decide),
        9 timed out waiting, 70 a bug of kafkabridge, 130/143 ended by a signal.
        """;
}
