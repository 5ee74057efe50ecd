using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.Copying;

/// <summary>Whose rows go to which nodes before these are in the cluster.</summary>
internal sealed class Filling(NodeDatabase source, IReadOnlyList<NodeDatabase> targets, int jobs, Action<string> tell) : IAsyncDisposable
{
    CopySnapshot? snapshot;

    public NodeDatabase Source => source;

    public IReadOnlyList<NodeDatabase> Targets => targets;

    /// <summary>
    /// Begins the source's log and takes the moment that is copied, with no write of a replicated table between the two: the copies and
    /// the log together then have each write once, whatever users write meanwhile, also of tables without a key.
    /// </summary>
    /// <param name="begin">Makes the slot; may be cancelled and called again.</param>
    /// <param name="undo">Drops it.</param>
    public Task<Lsn> BeginAsync(
        IReadOnlyList<RelationName> tables, Func<CancellationToken, Task<Lsn>> begin, Func<Task> undo, CancellationToken ct) =>
        StillTables.DoAsync(
            source.Node, tables,
            async soon =>
            {
                var lsn = await begin(soon);
                try
                {
                    snapshot = await CopySnapshot.TakeAsync(source.Node, soon);
                    return lsn;
                }
                catch
                {
                    await undo();
                    throw;
                }
            },
            ct);

    /// <summary>The moment is now, where the log did not begin with it.</summary>
    /// <returns>What was done.</returns>
    public async Task<string> FillAsync(NodeDatabase target, ReplicatedTables tables, CancellationToken ct)
    {
        snapshot ??= await CopySnapshot.TakeAsync(source.Node, ct);
        var (rows, bytes) = await new InitialCopy(snapshot, tables.All, tell).RunAsync(target, jobs, ct);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"node {target.Node.Name}: {rows:#,0} rows ({bytes / 1048576.0:#,0.0} MiB) copied from {source.Node.Name}");
    }

    public ValueTask DisposeAsync() => snapshot?.DisposeAsync() ?? ValueTask.CompletedTask;
}
