namespace KafkaBridge.Options;

/// <summary>The known name that a mistyped one most likely meant.</summary>
internal static class NearestName
{
    /// <returns>Null when nothing is near enough to be worth a guess: more than a third of the letters (at least two) differ.</returns>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = Math.Max(2, typed.Length / 3) + 1;
        foreach (var name in known)
        {
            var distance = Distance(typed, name);
            if (distance < least)
            {
                (nearest, least) = (name, distance);
            }
        }

        return nearest;
    }

    static int Distance(string left, string right)
    {
        var above = new int[right.Length + 1];
        var row = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            above[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                row[j] = Math.Min(above[j - 1] + (same ? 0 : 1), Math.Min(above[j], row[j - 1]) + 1);
            }

            (above, row) = (row, above);
        }

        return above[right.Length];
    }
}
