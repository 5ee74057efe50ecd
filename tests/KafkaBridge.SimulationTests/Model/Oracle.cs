using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <param name="Stamp">Of the greatest change of the key; null: it was never written.</param>
/// <param name="Value">Null: the winner removed it.</param>
/// <param name="IsHidden">A greater visible row has one of its unique values.</param>
readonly record struct Winner(Stamp? Stamp, int? Value, Claims Claims, bool IsHidden);

/// <summary>The answer without arrival, nodes or tombstones: per key, the change with the greatest stamp; then the greedy choice.</summary>
static class Oracle
{
    public static Winner[] Fold(IEnumerable<PublishedTransaction> published, int keys)
    {
        var winners = new Winner[keys];
        foreach (var transaction in published)
        {
            Take(winners, transaction);
        }

        HideBelow(winners);
        return winners;
    }

    /// <summary>The winners with one transaction more.</summary>
    public static Winner[] With(Winner[] winners, PublishedTransaction transaction)
    {
        Winner[] more = [.. winners.Select(winner => winner with { IsHidden = false })];
        Take(more, transaction);
        HideBelow(more);
        return more;
    }

    /// <summary>
    /// The visible rows are the greedy choice of the winners, the hidden rows the others; both read as the winners' versions; a
    /// missing row's tombstone is the winner's stamp. Versions may read lower only at or below the horizon, where nothing
    /// still to come is.
    /// </summary>
    public static string? Compare(Winner[] winners, Database data, ModelApplier applier)
    {
        for (var key = 0; key < winners.Length; key++)
        {
            var (row, hidden, winner) = (data.Rows[key], data.Hidden[key], winners[key]);
            hidden = row is null ? hidden : null;
            var (visibleValue, hiddenValue) = winner.IsHidden ? ((int?)null, winner.Value) : (winner.Value, null);
            if (row?.Value != visibleValue || hidden?.Value != hiddenValue)
            {
                return $"key {key} has {row?.Value.ToString() ?? "no row"} and hidden {hidden?.Value.ToString() ?? "none"}, "
                    + $"the winner is {winner.Value?.ToString() ?? "a delete"} {winner.Stamp?.Version}{(winner.IsHidden ? " hidden" : "")}";
            }

            if (winner.Stamp is not { } stamp || stamp.Version.Tick <= applier.Horizon)
            {
                continue;
            }

            if (winner.Value is not null && row is not { IsTimeless: true } && applier.Table.WinnerOf(key)?.Version != stamp.Version)
            {
                return $"key {key} reads as {applier.Table.WinnerOf(key)?.Version}, the winner is {stamp.Version}";
            }

            var versions = new LocalVersions(data.Tombstones[key], data.TableTombstone, false, false);
            if (winner.Value is null && versions.Grave?.Version != stamp.Version)
            {
                return $"key {key} has no tombstone of {stamp.Version}";
            }
        }

        return null;
    }

    static void Take(Winner[] winners, PublishedTransaction transaction)
    {
        foreach (var change in transaction.Changes)
        {
            var stamp = transaction.StampOf(change);
            for (var key = 0; key < winners.Length; key++)
            {
                var covers = change.Operation == IncomingOperation.Truncate || change.Key == key;
                if (covers && (winners[key].Stamp is not { } best || stamp > best))
                {
                    winners[key] = new Winner(stamp, change.Removes ? null : change.Value, change.Claims, IsHidden: false);
                }
            }
        }
    }

    static void HideBelow(Winner[] winners)
    {
        if (winners.Count(winner => winner.Claims.Any) < 2)
        {
            return; // none can stand in another's way
        }

        var visible = new List<Claims>();
        foreach (var key in Enumerable.Range(0, winners.Length)
            .Where(key => winners[key].Claims.Any)
            .OrderByDescending(key => new RowOrder<int>(winners[key].Stamp!.Value.Version, key)))
        {
            var claims = winners[key].Claims;
            if (visible.Any(claims.Collide))
            {
                winners[key] = winners[key] with { IsHidden = true };
            }
            else
            {
                visible.Add(claims);
            }
        }
    }
}
