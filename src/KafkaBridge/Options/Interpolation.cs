using System.Text;

namespace KafkaBridge.Options;

/// <summary>
/// Replaces <c>${VAR}</c>, <c>${VAR:-default}</c> and <c>${VAR:?message}</c> in one value of the file. A variable that is not
/// set and has no default is an error, never an empty text. <c>$${</c> stands for <c>${</c>.
/// </summary>
internal static class Interpolation
{
    /// <returns>The text, or in the second value the sentence that says why there is none.</returns>
    public static (string Text, string? Error) Expand(string text, Func<string, string?> variable)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
        {
            return (text, null);
        }

        var result = new StringBuilder();
        var position = 0;
        while (position < text.Length)
        {
            var start = text.IndexOf("${", position, StringComparison.Ordinal);
            if (start < 0)
            {
                break;
            }

            if (start > 0 && text[start - 1] == '$')
            {
                result.Append(text, position, start - 1 - position).Append("${");
                position = start + 2;
                continue;
            }

            result.Append(text, position, start - position);
            var end = text.IndexOf('}', start);
            if (end < 0)
            {
                return (text, "'${' has no closing '}'; to write it literally type '$${'.");
            }

            var (value, error) = Resolve(text[(start + 2)..end], variable);
            if (error is not null)
            {
                return (text, error);
            }

            result.Append(value);
            position = end + 1;
        }

        return (result.Append(text, position, text.Length - position).ToString(), null);
    }

    static (string Value, string? Error) Resolve(string expression, Func<string, string?> variable)
    {
        var colon = expression.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? expression : expression[..colon];
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || char.IsAsciiDigit(name[0]))
        {
            return ("", $"'${{{expression}}}' names no environment variable; the forms are ${{VAR}}, ${{VAR:-default}} and "
                + $"${{VAR:?message}}.");
        }

        var value = variable(name);
        if (colon < 0)
        {
            return value is null
                ? ("", $"the environment variable {name} is not set; set it or write ${{{name}:-default}}.")
                : (value, null);
        }

        var rest = expression[(colon + 1)..];
        return rest switch
        {
            _ when rest.StartsWith('-') => (string.IsNullOrEmpty(value) ? rest[1..] : value, null),
            _ when rest.StartsWith('?') => string.IsNullOrEmpty(value)
                ? ("", $"the environment variable {name} is not set: {rest[1..]}")
                : (value, null),
            _ => ("", $"'${{{expression}}}' is not one of the forms ${{VAR}}, ${{VAR:-default}} and ${{VAR:?message}}."),
        };
    }
}
