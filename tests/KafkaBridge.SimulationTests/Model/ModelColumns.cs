using System.Globalization;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>Values of a model row are text; numbers as PostgreSQL's operators would have them.</summary>
static class ModelColumns
{
    public static string Merge(ColumnRule rule, string old, string present, string next) => rule switch
    {
        ColumnRule.LastWrite => next,
        ColumnRule.Delta => Text(Number(present) + Number(next) - Number(old)),
        ColumnRule.Max => Text(Math.Max(Number(present), Number(next))),
        ColumnRule.Min => Text(Math.Min(Number(present), Number(next))),
        ColumnRule.SetUnion => Set(present.Split(',').Concat(next.Split(','))),
        ColumnRule.TextMerge => TextMerge.Merge(old, present, next),
        ColumnRule.JsonMerge => JsonMerge.Merge(old, present, next),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "goes with its row"),
    };

    public static string First(ColumnRule rule) => rule switch
    {
        ColumnRule.TextMerge => "a\nb\nc",
        ColumnRule.JsonMerge => """{"a":1}""",
        _ => "0",
    };

    /// <summary>What a user makes of the value; never twice the same, so that every write shows.</summary>
    public static string Edit(ColumnRule rule, string value, int unique, SplitMix random) => rule switch
    {
        ColumnRule.Delta => Text(Number(value) + random.Between(1, 9)),
        ColumnRule.Max or ColumnRule.Min => Text(random.Between(-50, 50)),
        ColumnRule.SetUnion => $"{value},{unique}",
        ColumnRule.TextMerge => EditLine(value.Split('\n'), unique, random),
        ColumnRule.JsonMerge => JsonMerge.Merge("{}", value, $$"""{"{{(char)('a' + random.Below(3))}}":{{unique}}}"""),
        _ => Text(unique),
    };

    public static long Number(string value) => long.Parse(value, CultureInfo.InvariantCulture);

    public static string Set(IEnumerable<string> elements) => string.Join(',', elements.Distinct().Order(StringComparer.Ordinal));

    static string EditLine(string[] lines, int unique, SplitMix random)
    {
        lines[random.Below(lines.Length)] = Text(unique);
        return string.Join('\n', lines);
    }

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
