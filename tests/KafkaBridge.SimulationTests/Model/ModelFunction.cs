using System.Diagnostics;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>
/// A user's function that decides by rows and versions, and to which the order of its arguments matters: what it puts together holds
/// both texts, the present row's first, and of every second column the greater. It deletes now and then.
/// </summary>
static class ModelFunction
{
    public static string[]? Ask(RowQuestion<string> question) => question switch
    {
        { PresentVersion.Writer: 2, NextVersion.Writer: 0, Present: not null, Next: not null } => null,
        { Present: { } present, Next: { } next } => [.. present.Zip(next, (one, other) => (one, other)).Select((pair, column) =>
            column % 2 == 0 ? Both(pair.one, pair.other)
            : string.CompareOrdinal(pair.one, pair.other) < 0 ? pair.other : pair.one)],
        { Present: { } present } => question.NextVersion.Writer == 0 ? null : present,
        { Next: { } next } => question.PresentVersion.Tick % 2 == 0 ? null : next,
        _ => throw new UnreachableException("asked about two deletes"),
    };

    public static string[] Texts(string value) => value.Split('+');

    static string Both(string one, string other) => string.Join('+', Texts(one).Union(Texts(other)));
}
