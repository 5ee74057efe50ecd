using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.Changes.Tests;

/// <summary>Three-way merges: what the later write began from, what stands, what the later write made of it.</summary>
public sealed class MergeTests
{
    [Theory]
    [InlineData("a b c", "A b c", "a b C", "A b C")]
    [InlineData("a b c", "a b", "a new b c", "a new b")]
    [InlineData("a b c", "a earlier c", "a later c", "a later c")]
    [InlineData("a b c", "earlier a b c", "a b c later", "earlier a b c later")]
    [InlineData("a b c d", "a x b c d", "a b c", "a x b c")]
    [InlineData("a b c", "b c", "a b", "b")]
    [InlineData("a b c", "a b c", "c", "c")]
    [InlineData("old", "same", "same", "same")]
    [InlineData("a b", "b a", "a b", "b a")]
    [InlineData("x a b", "x a c b", "a b", "a c b")]
    [InlineData("a b", "a c b", "x a b", "x a c b")]
    [InlineData("a a", "a a y", "d a", "d a y")]
    [InlineData("a b c d", "a b x c d", "d a b c", "d a b x c")]
    [InlineData("a b", "a b", "b a", "b a")]
    [InlineData("a x b", "a b", "a x y b", "a x y b")]
    public void Text_is_merged_by_lines_and_the_later_stands_where_both_changed(string old, string present, string later, string merged) =>
        Assert.Equal(Lines(merged), TextMerge.Merge(Lines(old), Lines(present), Lines(later)));

    /// <summary>Of two longest common subsequences every node must take the same: the one that leaves out the earlier line.</summary>
    [Fact]
    public void Lines_that_changed_places_are_merged_in_one_way()
    {
        Assert.Equal(Lines("b x"), TextMerge.Merge(Lines("a b"), Lines("b a"), Lines("a b x")));
        Assert.Equal(Lines("a x b a"), TextMerge.Merge(Lines("a b"), Lines("b a"), Lines("a x b")));
    }

    [Theory]
    [InlineData("""{"a":1,"b":1}""", """{"a":2,"b":1}""", """{"a":1,"b":3}""", """{"a":2,"b":3}""")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1,"b":1}""", """{"b":1}""", """{"b":1}""")]
    [InlineData("""{"a":1,"b":1}""", """{"b":1}""", """{"a":1,"b":2}""", """{"b":2}""")]
    [InlineData("""{"a":{}}""", """{"a":{"x":1}}""", """{"a":{"y":2}}""", """{"a":{"x":1,"y":2}}""")]
    [InlineData("""{}""", """{"a":{"x":1}}""", """{"a":{"y":2}}""", """{"a":{"y":2}}""")] // two objects, each its own
    [InlineData("""{"a":{}}""", """{}""", """{"a":{"y":2}}""", """{"a":{"y":2}}""")]
    [InlineData("""{"z":0}""", """{"c":1,"z":0}""", """{"b":2,"z":0,"a":3}""", """{"a":3,"b":2,"c":1,"z":0}""")] // one order on every node
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", """{"a":null}""", """{"a":null,"b":2}""")]
    [InlineData("""{"b":0}""", """{"b":1}""", """{"a":null,"b":0}""", """{"a":null,"b":1}""")] // null is not absent
    [InlineData("""{"a":null,"b":0}""", """{"a":null,"b":1}""", """{"b":0}""", """{"b":1}""")]
    [InlineData("""{}""", """{"a":1}""", """{"a":null}""", """{"a":null}""")]
    [InlineData("1", "2", "3", "3")]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", "[3]", "[3]")]
    [InlineData("""{"a":1}""", "[2]", """{"a":3}""", """{"a":3}""")]
    [InlineData("[1]", """{"a":2}""", """{"b":3}""", """{"b":3}""")]
    [InlineData("[1]", "[2]", "[1]", "[2]")]
    [InlineData("1", "null", "1", "null")]
    [InlineData("1", "2", "null", "null")]
    [InlineData("""{"a":1}""", """{"b":2,"a":2}""", """{"a":2,"b":2}""", """{"b":2,"a":2}""")] // alike: as it stands
    public void Json_is_merged_by_members(string old, string present, string later, string merged) =>
        Assert.Equal(merged, JsonMerge.Merge(old, present, later));

    static string Lines(string words) => words.Replace(' ', '\n');
}
