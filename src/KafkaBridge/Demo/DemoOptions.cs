namespace KafkaBridge.Demo;

/// <param name="Kafka">Another Kafka's host:port; null: the embedded broker.</param>
/// <param name="PostgresFolder">Where initdb lies; null: found.</param>
/// <param name="ExitAfterProof">End, with code 0, once everything has been shown.</param>
/// <param name="Plain">No live table, no colours: fit for a log.</param>
internal sealed record DemoOptions(string? Kafka, string? PostgresFolder, bool ExitAfterProof, bool Plain);
