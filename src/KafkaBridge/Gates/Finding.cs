namespace KafkaBridge.Gates;

/// <summary>One thing that <c>check</c> found: an error stops, a warning doesn't. The remedy can be pasted.</summary>
internal sealed record Finding(bool IsError, string Where, string Sentence, string? Remedy)
{
    public static Finding Error(string where, string sentence, string? remedy = null) => new(true, where, sentence, remedy);

    public static Finding Warning(string where, string sentence, string? remedy = null) => new(false, where, sentence, remedy);
}
