using System.Globalization;

namespace KafkaBridge.Apply.Sql;

/// <summary>
/// A statement of PL/pgSQL that picks a table's own by the table's number. A CASE goes through its branches one by one, which takes as long
/// as a change where there are a thousand tables: so the numbers are halved first.
/// </summary>
static class TableSwitch
{
    const int Branches = 8;

    /// <param name="number">A variable; a table's number is its statement's place, from 1.</param>
    public static string Of(string number, IReadOnlyList<string> statements) => Of(number, statements, 0, statements.Count);

    static string Of(string number, IReadOnlyList<string> statements, int start, int end)
    {
        if (end - start > Branches)
        {
            var middle = (start + end) / 2;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"""
                IF {number} <= {middle} THEN
                  {TableFunctions.Indent(Of(number, statements, start, middle), 2)}
                ELSE
                  {TableFunctions.Indent(Of(number, statements, middle, end), 2)}
                END IF;
                """);
        }

        var none = $"RAISE EXCEPTION 'no table has the number %', {number};";
        var branches = Enumerable.Range(start, end - start).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"  WHEN {i + 1} THEN {statements[i]}\n"));
        return end == start ? none : $"CASE {number}\n{string.Concat(branches)}  ELSE {none}\nEND CASE;";
    }
}
