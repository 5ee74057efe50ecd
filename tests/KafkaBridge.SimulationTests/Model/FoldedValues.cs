using System.Globalization;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>Whole rows by number, so that server and log can hold them as they hold plain values; one number, one content.</summary>
sealed class FoldedValues(ColumnRule[] columns)
{
    readonly List<string[]> all = [[]]; // 0: no row
    readonly Dictionary<string, int> numbers = [];
    readonly Dictionary<int, int> before = [];
    int edits;

    public string[]? this[int? number] => number is null or 0 ? null : all[number.Value];

    public int NumberOf(string[]? row)
    {
        if (row is null)
        {
            return 0;
        }

        var text = string.Join('|', row);
        if (!numbers.TryGetValue(text, out var number))
        {
            number = all.Count;
            all.Add(row);
            numbers.Add(text, number);
        }

        return number;
    }

    /// <summary>What a user makes of the row; now and then what it was before, so that rows come back to what they were.</summary>
    /// <param name="number">Null: he inserts it.</param>
    public int Edit(int? number)
    {
        var random = new SplitMix((ulong)++edits);
        if (this[number] is null)
        {
            return Change(number, edits, random);
        }

        if (random.Below(6) == 0 && before.TryGetValue(number!.Value, out var undone))
        {
            return undone;
        }

        var made = Change(number, edits, random);
        before.TryAdd(made, number!.Value);
        return made;
    }

    /// <summary>One edit of the row, or a new one; of the same row and edit always the same.</summary>
    public int Change(int? number, int edit, SplitMix random)
    {
        var unique = edit.ToString(CultureInfo.InvariantCulture);
        if (this[number] is not { } row)
        {
            var isAlike = random.Below(4) == 0;
            return NumberOf([.. columns.Select(rule => rule > ColumnRule.LastWrite || isAlike ? ModelColumns.First(rule) : unique)]);
        }

        string[] edited = [.. row];
        var at = random.Below(columns.Length);
        edited[at] = ModelColumns.Edit(columns[at], row[at], edit, random);
        return NumberOf(edited);
    }
}
