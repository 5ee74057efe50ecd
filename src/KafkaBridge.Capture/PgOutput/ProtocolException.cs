namespace KafkaBridge.Capture.PgOutput;

/// <summary>The server sent what pgoutput's protocol doesn't allow, or what was not asked for: nothing after it can be trusted.</summary>
public sealed class ProtocolException(string message) : Exception(message);
