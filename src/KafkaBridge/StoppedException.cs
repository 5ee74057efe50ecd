namespace KafkaBridge;

/// <summary>The command ends here for a reason that is known: what, where, why, and what to type.</summary>
internal sealed class StoppedException(
    int exitCode, string code, string what, string? where = null, string? why = null, string? tryThis = null, Exception? inner = null)
    : Exception(what, inner)
{
    public int ExitCode { get; } = exitCode;
    public string Code { get; } = code;
    public string? Where { get; } = where;
    public string? Why { get; } = why;
    public string? Try { get; } = tryThis;
}
