using System.Globalization;
using System.Text;

namespace KafkaBridge.Wire.Avro;

/// <summary>Names written in a smaller alphabet: a character that can't stand is <c>_uXXXX</c>, its UTF-16 unit in hexadecimal.</summary>
static class EscapedName
{
    public static void Escape(StringBuilder output, char unit) => output.Append(CultureInfo.InvariantCulture, $"_u{(int)unit:x4}");

    public static bool IsWord(char unit) => char.IsAsciiLetterOrDigit(unit) || unit == '_';

    /// <summary>
    /// An Avro name. Legal names stay as they are, so an illegal one may meet a legal one (<c>a b</c> and <c>a_u0020b</c>):
    /// whoever builds a record refuses that.
    /// </summary>
    public static string Avro(string name)
    {
        var output = new StringBuilder(name.Length);
        foreach (var unit in name)
        {
            if (IsWord(unit) && !(output.Length == 0 && char.IsAsciiDigit(unit)))
            {
                output.Append(unit);
            }
            else
            {
                Escape(output, unit);
            }
        }

        return output.Length == 0 ? "_" : output.ToString();
    }

    /// <summary>An Avro name with dots: each part on its own.</summary>
    public static string AvroNamespace(string name) => string.Join('.', name.Split('.').Select(Avro));
}
