using System.Globalization;
using System.Text.RegularExpressions;
using KafkaBridge.Changes;

namespace KafkaBridge.Halts;

/// <summary>
/// What <c>tx skip</c> and <c>tx retry</c> take: a transaction of a node, <c>node:epoch:lsn</c>, or one record,
/// <c>topic/partition@offset</c>.
/// </summary>
internal sealed partial record SkipId(string? Origin, TransactionPosition? Transaction, RecordPlace? Record)
{
    public static SkipId? TryParse(string text)
    {
        if (RecordPlace.TryParse(text, out var record))
        {
            return new SkipId(null, null, record);
        }

        return Form().Match(text) is { Success: true } match
            && int.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? new SkipId(match.Groups[1].Value, new TransactionPosition(epoch, Lsn.Parse(match.Groups[3].Value)), null)
            : null;
    }

    public override string ToString() =>
        Record?.ToString() ?? string.Create(
            CultureInfo.InvariantCulture, $"{Origin}:{Transaction!.Value.Epoch}:{Transaction.Value.CommitLsn}");

    [GeneratedRegex("^([a-z][a-z0-9-]{0,23}):([0-9]+):([0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8})$")]
    private static partial Regex Form();
}
