using System.Text;
using KafkaBridge.Changes;
using KafkaBridge.Postgres;

namespace KafkaBridge;

/// <summary>Table names as they stand in the published configuration: both parts quoted, so that any name reads back.</summary>
internal static class TableName
{
    public static string Text(RelationName name) => SqlIdentifier.Quote(name);

    /// <exception cref="FormatException">The text is not two quoted names with a dot between.</exception>
    public static RelationName Parse(string text)
    {
        var position = 0;
        var schema = Part(text, ref position);
        if (position >= text.Length || text[position++] != '.')
        {
            throw new FormatException($"'{text}' is no table name of a published configuration.");
        }

        return new RelationName(schema, Part(text, ref position));
    }

    static string Part(string text, ref int position)
    {
        var part = new StringBuilder();
        if (position >= text.Length || text[position++] != '"')
        {
            throw new FormatException($"'{text}' is no table name of a published configuration.");
        }

        while (position < text.Length)
        {
            if (text[position] == '"')
            {
                if (position + 1 >= text.Length || text[position + 1] != '"')
                {
                    position++;
                    return part.ToString();
                }

                position++;
            }

            part.Append(text[position++]);
        }

        throw new FormatException($"'{text}' has a quote that isn't closed.");
    }
}
