using System.Text;

namespace KafkaBridge.Apply.Folding;

/// <summary>One-dimensional arrays in PostgreSQL's text form, as sets of their elements' texts.</summary>
static class ArrayText
{
    /// <summary>
    /// What is in either, each once, in one order. An array of several dimensions or with bounds of its own is no set: then the
    /// second stands.
    /// </summary>
    public static string Union(string one, string other)
    {
        if (Elements(one) is not { } left || Elements(other) is not { } right)
        {
            return other;
        }

        var all = left.Concat(right).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return "{" + string.Join(',', all) + "}";
    }

    /// <summary>Each as it stands there, quotes and all: the server writes equal elements alike.</summary>
    static List<string>? Elements(string array)
    {
        if (array.Length < 2 || array[0] != '{' || array[^1] != '}')
        {
            return null;
        }

        var elements = new List<string>();
        var element = new StringBuilder();
        var isQuoted = false;
        for (var i = 1; i < array.Length - 1; i++)
        {
            var letter = array[i];
            if (!isQuoted && letter is '{' or '}')
            {
                return null;
            }

            if (!isQuoted && letter == ',')
            {
                elements.Add(element.ToString());
                element.Clear();
                continue;
            }

            element.Append(letter);
            isQuoted ^= letter == '"';
            if (letter == '\\')
            {
                element.Append(array[++i]);
            }
        }

        if (element.Length > 0)
        {
            elements.Add(element.ToString());
        }

        return elements;
    }
}
