using System.Text.Json;
using KafkaBridge.Conflicts;
using KafkaBridge.Rows;

namespace KafkaBridge.Tests;

public sealed class RowTextsTests
{
    [Theory]
    [InlineData("""{"id": "1", "name": "a"}""", """{"id": 1, "name": "a"}""", false, true)]
    [InlineData("""{"id": "1", "name": null}""", """{"id": "1", "name": ""}""", false, false)]
    [InlineData("""{"id": "1", "later": "x"}""", """{"id": "1", "gone": "y"}""", false, true)]
    [InlineData("""{"id": "1", "name": "abcdef"}""", """{"id": "1", "name": "abc"}""", false, false)]
    [InlineData("""{"id": "1", "name": "abcdef"}""", """{"id": "1", "name": "abc"}""", true, true)]
    [InlineData("""{"id": "1", "name": "abcdef", "note": "xy"}""", """{"id": "1", "name": "abc", "note": "x"}""", true, false)]
    [InlineData("""{"id": "1", "name": "abd"}""", """{"id": "1", "name": "abc"}""", true, false)]
    [InlineData(null, null, false, true)]
    [InlineData("""{"id": "1"}""", null, false, false)]
    [InlineData(null, """{"id": "1"}""", false, false)]
    public void A_row_is_still_what_was_noted_where_no_value_differs(string? present, string? noted, bool isCut, bool isStill) =>
        Assert.Equal(isStill, RowTexts.IsStill(Parsed(present), Parsed(noted), isCut));

    [Fact]
    public void Members_are_read_as_texts_and_the_later_of_one_name_counts()
    {
        var texts = JsonTexts.Parse("""{"a": 1.50, "b": {"c": [1]}, "d": true, "e": null, "a": "x"}""");
        Assert.Equal(("x", """{"c": [1]}""", "true", null), (texts["a"], texts["b"], texts["d"], texts["e"]));
        Assert.ThrowsAny<JsonException>(() => JsonTexts.Parse("[1]"));
        Assert.ThrowsAny<JsonException>(() => JsonTexts.Parse("a: 1"));
    }

    static Dictionary<string, string?>? Parsed(string? json) => json is null ? null : JsonTexts.Parse(json);
}
