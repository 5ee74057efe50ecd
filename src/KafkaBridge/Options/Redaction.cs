using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace KafkaBridge.Options;

/// <summary>Takes passwords out of text: those known by value, and whatever stands where a password stands.</summary>
internal sealed partial class Redaction(IEnumerable<string> secrets)
{
    public const string Mask = "********";

    /// <summary>Shorter values are not looked for by value: they would mask ordinary words.</summary>
    const int ShortestSecret = 4;

    readonly string[] values = [.. secrets
        .Where(secret => secret.Length >= ShortestSecret)
        .SelectMany(secret => new[] { secret, Uri.EscapeDataString(secret), JavaScriptEncoder.Default.Encode(secret) })
        .Distinct()
        .OrderByDescending(secret => secret.Length)];

    public static readonly Redaction None = new([]);

    [return: NotNullIfNotNull(nameof(text))]
    public string? Apply(string? text)
    {
        if (text is null)
        {
            return null;
        }

        foreach (var value in values)
        {
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        }

        text = UriPassword().Replace(text, "${start}" + Mask + "@");
        return NamedPassword().Replace(text, "${name}" + Mask);
    }

    /// <summary>A setting whose value is a secret, by its name.</summary>
    public static bool IsSecretName(string name) => SecretName().IsMatch(name);

    [GeneratedRegex(@"(?<start>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@]*:)[^\s@]+@")]
    private static partial Regex UriPassword();

    [GeneratedRegex(
        @"(?<name>\b(?:password|pwd|sslpassword|passwd|secret)\s*[=:]\s*)('(?:[^'\\]|\\.)*'|""[^""]*""|[^\s;,'""]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex NamedPassword();

    [GeneratedRegex(
        @"(secret|password|passwd|sasl\.jaas\.config|basic\.auth\.user\.info|ssl\.key\.pem|oauthbearer\.config)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
