namespace KafkaBridge.Postgres;

/// <summary>Names and texts as SQL and replication commands need them. The only place that puts them into a command.</summary>
public static class SqlIdentifier
{
    /// <summary>An identifier, always in double quotes.</summary>
    /// <exception cref="ArgumentException">The name is empty or has a zero byte, which PostgreSQL can't hold.</exception>
    public static string Quote(string name)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A PostgreSQL name is not empty and has no zero byte.", nameof(name));
        }

        return "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }

    /// <summary>A schema-qualified name, both parts in double quotes.</summary>
    public static string Quote(Changes.RelationName name) => Quote(name.Namespace) + "." + Quote(name.Name);

    /// <summary>A string constant that means the same whatever standard_conforming_strings says.</summary>
    /// <exception cref="ArgumentException">The text has a zero byte, which PostgreSQL can't hold.</exception>
    public static string Literal(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A PostgreSQL text has no zero byte.", nameof(text));
        }

        var quoted = "'" + text.Replace("'", "''", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal) + "'";
        return text.Contains('\\', StringComparison.Ordinal) ? "E" + quoted : quoted;
    }
}
