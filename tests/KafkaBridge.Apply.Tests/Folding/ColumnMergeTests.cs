using KafkaBridge.Apply.Folding;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Apply.Tests.Folding;

public sealed class ColumnMergeTests
{
    [Theory]
    [InlineData(ColumnRule.Delta, "5", "7", "6", "8")]
    [InlineData(ColumnRule.Delta, "5", "7", "-6", "-4")]
    [InlineData(ColumnRule.Delta, "1.50", "2.00", "1.25", "1.75")]
    [InlineData(ColumnRule.Delta, "0.05", "0.01", "0.00", "-0.04")]
    [InlineData(ColumnRule.Delta, "99999999999999999999.9", "0.1", "100000000000000000000.0", "0.2")]
    [InlineData(ColumnRule.Delta, null, "7", "3", "10")]
    [InlineData(ColumnRule.Delta, "5", null, "6", "1")]
    [InlineData(ColumnRule.Delta, "5", "7", null, "2")]
    [InlineData(ColumnRule.Delta, "5", "NaN", "6", "6")]
    [InlineData(ColumnRule.Max, "1", "9", "10", "10")]
    [InlineData(ColumnRule.Max, "1", "-9", "-10", "-9")]
    [InlineData(ColumnRule.Max, "1", "NaN", "5", "NaN")]
    [InlineData(ColumnRule.Max, "1", "5", "Infinity", "Infinity")]
    [InlineData(ColumnRule.Max, "1", null, "5", "5")]
    [InlineData(ColumnRule.Max, "1", "5", null, "5")]
    [InlineData(ColumnRule.Min, "1", "9.5", "9.50", "9.5")]
    [InlineData(ColumnRule.Min, "1", "-infinity", "2026-01-01 00:00:00+00", "-infinity")]
    [InlineData(ColumnRule.Min, "1", "2026-01-01 00:00:00+00", "2025-12-31 23:59:59.5+00", "2025-12-31 23:59:59.5+00")]
    [InlineData(ColumnRule.Max, "1", "2026-01-01 00:00:00.5+00", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00.5+00")]
    [InlineData(ColumnRule.Max, "1", "9999-12-31", "10000-01-01", "10000-01-01")]
    [InlineData(ColumnRule.Max, "1", "0044-03-15 BC", "0001-01-01", "0001-01-01")]
    [InlineData(ColumnRule.Max, "1", "0044-03-15 BC", "0043-03-15 BC", "0043-03-15 BC")]
    [InlineData(ColumnRule.SetUnion, "{}", "{b,a}", "{c,b}", "{a,b,c}")]
    [InlineData(ColumnRule.SetUnion, "{}", "{\"x,y\",\"}\"}", "{\"q\\\"\"}", "{\"q\\\"\",\"x,y\",\"}\"}")]
    [InlineData(ColumnRule.SetUnion, "{}", "{}", "{}", "{}")]
    [InlineData(ColumnRule.SetUnion, "{}", "{{1}}", "{2}", "{2}")]
    [InlineData(ColumnRule.SetUnion, "{}", null, "{2}", "{2}")]
    [InlineData(ColumnRule.TextMerge, "a\nb\nc", "x\nb\nc", "a\nb\ny", "x\nb\ny")]
    [InlineData(ColumnRule.JsonMerge, "{\"a\":1}", "{\"a\":2}", "{\"a\":1,\"b\":3}", "{\"a\":2,\"b\":3}")]
    [InlineData(ColumnRule.LastWrite, "1", "2", "3", "3")]
    public void A_write_is_put_onto_what_stands(ColumnRule rule, string? old, string? present, string? next, string? merged) =>
        Assert.Equal(merged, ColumnMerge.Merge(rule, old, present, next));
}
