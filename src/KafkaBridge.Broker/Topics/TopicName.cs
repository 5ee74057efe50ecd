namespace KafkaBridge.Broker.Topics;

/// <summary>What a topic may be called, as in Apache Kafka.</summary>
static class TopicName
{
    const int Longest = 249;

    /// <summary>A sentence that says what is wrong; null if nothing.</summary>
    public static string? Problem(string name) =>
        name.Length == 0 ? "the empty string is not allowed"
        : name is "." or ".." ? $"'{name}' is not allowed"
        : name.Length > Longest ? $"the length of '{name[..20]}…' is longer than the max allowed length {Longest}"
        : name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? null
        : $"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
}
