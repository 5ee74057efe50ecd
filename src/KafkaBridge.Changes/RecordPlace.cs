using System.Globalization;

namespace KafkaBridge.Changes;

/// <summary>
/// One record of one topic-partition. Its text is what a person types to have it left out: <c>topic/partition@offset</c>.
/// </summary>
public readonly record struct RecordPlace(string Topic, int Partition, long Offset)
{
    public static bool TryParse(string text, out RecordPlace place)
    {
        place = default;
        var slash = text.LastIndexOf('/');
        var at = text.LastIndexOf('@');
        if (slash <= 0 || at <= slash
            || !int.TryParse(text.AsSpan(slash + 1, at - slash - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            || !long.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        place = new RecordPlace(text[..slash], partition, offset);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Topic}/{Partition}@{Offset}");
}
