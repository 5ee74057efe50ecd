using System.Globalization;

namespace KafkaBridge.Conflicts;

/// <summary>What a person types for a conflict: <c>node:number</c>, as each node has its own history.</summary>
internal sealed record ConflictId(string Node, long Number)
{
    /// <exception cref="StoppedException">The text is not of that form.</exception>
    public static ConflictId Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new ConflictId(text[..colon], number)
            : throw new StoppedException(
                ExitCode.Usage, "KB1005", $"'{text}' is not of the form node:number", tryThis: "kafkabridge conflict list");
    }

    /// <exception cref="StoppedException">The node's history has no such row.</exception>
    public async Task<ConflictRow> FindAsync(NodeDatabase database, CancellationToken ct) =>
        await database.AtAsync(connection => ConflictRow.FindAsync(connection, Number, ct))
        ?? throw new StoppedException(
            ExitCode.Usage, "KB1006", $"the history has no conflict {this}", NodeDatabase.Where(database.Node),
            "it never had, or its age or the history's length has let it go", "kafkabridge conflict list");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Node}:{Number}");
}
