namespace KafkaBridge.Changes.Conflicts;

/// <summary>Three-way merge of text by lines: what one side left alone is the other's; where both changed, the later stands.</summary>
public static class TextMerge
{
    /// <param name="old">What the later write began from.</param>
    /// <param name="present">What stands.</param>
    /// <param name="later">What the later write made of it.</param>
    public static string Merge(string old, string present, string later)
    {
        var (before, mine, theirs) = (old.Split('\n'), present.Split('\n'), later.Split('\n'));
        var (inMine, inTheirs) = (Matches(before, mine), Matches(before, theirs));
        var merged = new List<string>();
        var (b, m, t) = (0, 0, 0);
        for (var line = 0; line <= before.Length; line++)
        {
            var isEnd = line == before.Length;
            if (!isEnd && (inMine[line] < 0 || inTheirs[line] < 0))
            {
                continue;
            }

            // Up to here since the last line that all three have.
            var (toMine, toTheirs) = isEnd ? (mine.Length, theirs.Length) : (inMine[line], inTheirs[line]);
            var isLeftAlone = theirs.AsSpan(t, toTheirs - t).SequenceEqual(before.AsSpan(b, line - b));
            merged.AddRange(isLeftAlone ? mine.AsSpan(m, toMine - m) : theirs.AsSpan(t, toTheirs - t));
            if (!isEnd)
            {
                merged.Add(before[line]);
                (b, m, t) = (line + 1, toMine + 1, toTheirs + 1);
            }
        }

        return string.Join('\n', merged);
    }

    /// <summary>For each line of the one, where it stands in the other by a longest common subsequence; −1: nowhere.</summary>
    static int[] Matches(string[] one, string[] other)
    {
        var longest = new int[one.Length + 1, other.Length + 1];
        for (var i = one.Length - 1; i >= 0; i--)
        {
            for (var j = other.Length - 1; j >= 0; j--)
            {
                longest[i, j] = one[i] == other[j] ? longest[i + 1, j + 1] + 1 : Math.Max(longest[i + 1, j], longest[i, j + 1]);
            }
        }

        var matches = new int[one.Length];
        Array.Fill(matches, -1);
        for (var (i, j) = (0, 0); i < one.Length && j < other.Length;)
        {
            if (one[i] == other[j])
            {
                matches[i++] = j++;
            }
            else if (longest[i + 1, j] >= longest[i, j + 1])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return matches;
    }
}
