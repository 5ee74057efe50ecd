using System.Text;

namespace KafkaBridge.Options;

/// <summary>One thing wrong in the configuration. Line and column count from 1; 0 where it stands in no file.</summary>
internal sealed record ConfigurationFinding(string Sentence, int Line = 0, int Column = 0, string? Try = null);

/// <summary>The configuration can't be used: everything wrong with it, not just the first.</summary>
internal sealed class ConfigurationException(
    string source, IReadOnlyList<ConfigurationFinding> findings) : Exception(Describe(source, findings))
{
    public ConfigurationException(string source, string sentence, string? tryThis = null)
        : this(source, [new ConfigurationFinding(sentence, Try: tryThis)])
    {
    }

    public string File { get; } = source;

    public IReadOnlyList<ConfigurationFinding> Findings { get; } = findings;

    static string Describe(string source, IReadOnlyList<ConfigurationFinding> findings)
    {
        var text = new StringBuilder();
        foreach (var finding in findings)
        {
            if (text.Length > 0)
            {
                text.Append('\n');
            }

            text.Append(source);
            if (finding.Line > 0)
            {
                text.Append(':').Append(finding.Line).Append(':').Append(finding.Column);
            }

            text.Append(": ").Append(finding.Sentence);
            if (finding.Try is not null)
            {
                text.Append(" try: ").Append(finding.Try);
            }
        }

        return text.ToString();
    }
}
