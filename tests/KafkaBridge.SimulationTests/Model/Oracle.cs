using KafkaBridge.Changes;
using KafkaBridge.Changes.Conflicts;

namespace KafkaBridge.SimulationTests.Model;

/// <param name="Stamp">Of the greatest change of the key; null: it was never written.</param>
/// <param name="Value">Null: the winner removed it.</param>
readonly record struct Winner(Stamp? Stamp, int? Value);

/// <summary>The answer without arrival, nodes or tombstones: per key, the published change with the greatest stamp.</summary>
static class Oracle
{
    public static Winner[] Fold(IEnumerable<PublishedTransaction> published, int keys)
    {
        var winners = new Winner[keys];
        foreach (var transaction in published)
        {
            foreach (var change in transaction.Changes)
            {
                var stamp = transaction.StampOf(change);
                for (var key = 0; key < keys; key++)
                {
                    if ((change.Operation == IncomingOperation.Truncate || change.Key == key)
                    && (winners[key].Stamp is not { } best || stamp > best))
                    {
                        var removes = change.Operation is IncomingOperation.Truncate or IncomingOperation.Delete;
                        winners[key] = new Winner(stamp, removes ? null : change.Value);
                    }
                }
            }
        }

        return winners;
    }

    /// <summary>
    /// The rows are the winners, and read as the winners' versions; a missing row's tombstone is the winner's stamp. Versions
    /// may read lower only at or below the horizon, where nothing still to come is.
    /// </summary>
    public static string? Compare(Winner[] winners, Database data, ModelApplier applier)
    {
        for (var key = 0; key < winners.Length; key++)
        {
            var (row, winner) = (data.Rows[key], winners[key]);
            if (row?.Value != winner.Value)
            {
                return $"key {key} has {row?.Value.ToString() ?? "no row"}, the winner is {winner.Value?.ToString() ?? "a delete"} "
                    + $"{winner.Stamp?.Version}";
            }

            if (winner.Stamp is not { } stamp || stamp.Version.Tick <= applier.Horizon)
            {
                continue;
            }

            if (row is not null && applier.VersionOf(key) != stamp.Version)
            {
                return $"key {key} reads as {applier.VersionOf(key)}, the winner is {stamp.Version}";
            }

            if (row is null && new LocalVersions(data.Tombstones[key], data.TableTombstone, false, false).Grave?.Version != stamp.Version)
            {
                return $"key {key} has no tombstone of {stamp.Version}";
            }
        }

        return null;
    }
}
