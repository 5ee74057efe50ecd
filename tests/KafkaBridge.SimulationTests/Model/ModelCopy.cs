using KafkaBridge.Changes;
using KafkaBridge.Changes.Membership;

namespace KafkaBridge.SimulationTests.Model;

/// <summary>A joining node's database, made from one snapshot of another's by the real <see cref="NodeCopy"/>.</summary>
sealed class ModelCopy(ModelServer source, ModelTable table, Mutant mutant)
{
    /// <summary>Rows and all beside them, loaded by statements: every row in one transaction, whose version is the horizon's.</summary>
    public void LoadRows(ModelServer target, NodeCopy copy, History history)
    {
        var (from, keys) = (source.Data, history.Keys);
        var made = new Database(keys, history.Nodes) { Horizon = copy.Horizon };
        var time = mutant == Mutant.OldRowsWithTheCopysTime ? target.Clock : copy.Horizon * Tick.Microseconds;
        var isMeasured = mutant != Mutant.BulkBesideHidden && from.Hidden.Any(row => row is not null);
        var xid = target.TakeXid();
        for (var key = 0; key < keys; key++)
        {
            if (from.Rows[key] is { } row)
            {
                var version = history.Folds is not null ? RowVersion.Oldest // what the row's history decides needs none
                    : mutant == Mutant.OverridesNotCopied ? table.RawVersionOf(key) : table.VersionOf(key);
                made.Rows[key] = new ModelRow(row.Value, row.Claims, xid, xid, time, copy.Source);
                made.Overrides[key] = copy.ExactVersion(version, isMeasured) is { } exact && mutant != Mutant.NewRowsAsOld
                    ? new ModelOverride(xid, exact, Raw: null)
                    : null;
            }

            made.Hidden[key] = from.Hidden[key];
            made.Tombstones[key] = from.Tombstones[key];
            made.Histories[key] = from.Histories[key];
        }

        made.TableTombstone = from.TableTombstone;
        from.Positions.CopyTo(made.Positions, 0);
        LeaveOut(made);
        target.Load(made);
    }

    /// <summary>Byte by byte, as of what is on disk.</summary>
    public void LoadBytes(ModelServer target)
    {
        var made = source.Data.Copy();
        LeaveOut(made);
        target.LoadBytes(source, made, isTold: mutant != Mutant.RowsOfPhysicalCopyAreOwn);
    }

    /// <summary>What the source's sessions wrote is no longer raw; and what a broken copy lacks.</summary>
    void LeaveOut(Database made)
    {
        for (var key = 0; key < made.Rows.Length; key++)
        {
            var keepsMarks = mutant == Mutant.RawMarksCopied;
            made.Hidden[key] = made.Hidden[key] is { } hidden && mutant != Mutant.HiddenNotCopied
                ? hidden with { Raw = keepsMarks ? hidden.Raw : null }
                : null;
            made.Overrides[key] = made.Overrides[key] is { } noted ? noted with { Raw = keepsMarks ? noted.Raw : null } : null;
            made.Tombstones[key] = mutant == Mutant.TombstonesNotCopied ? null : made.Tombstones[key];
            made.Histories[key] = mutant == Mutant.HistoriesNotCopied ? null : made.Histories[key];
        }

        made.TableTombstone = mutant == Mutant.TableTombstoneNotCopied ? null : made.TableTombstone;
    }
}
