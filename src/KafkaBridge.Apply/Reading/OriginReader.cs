using System.Threading.Channels;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Reading;

/// <summary>
/// What one origin did, in its commit order: every transaction whole, its records gathered from all its topics by ordinal.
/// The queue is bounded by bytes, so a transaction of any size passes through.
/// </summary>
public sealed class OriginReader
{
    readonly Channel<OriginItem> items = Channel.CreateUnbounded<OriginItem>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }); // bounded by the budget
    readonly ByteBudget budget = new(Limits.OriginBytes);
    readonly ChannelReader<SpineEntry> spine;
    readonly TransactionReader transactions;
    readonly SpineOrder order;
    readonly LeftOut leftOut;
    readonly bool self;
    readonly Lsn versionsBefore;
    int unreleased;
    long stale;

    internal OriginReader(
        int origin, bool self, TransactionPosition applied, ChannelReader<SpineEntry> spine, TransactionReader transactions,
        LeftOut leftOut, Lsn versionsBefore)
    {
        Origin = origin;
        this.leftOut = leftOut;
        this.self = self;
        this.versionsBefore = versionsBefore;
        order = new SpineOrder(applied);
        this.spine = spine;
        this.transactions = transactions;
    }

    public int Origin { get; }

    /// <summary>Completes with an <see cref="InputException"/> when the log can't be read on.</summary>
    public ChannelReader<OriginItem> Items => items.Reader;

    /// <summary>Records of the transactions that were begun and whose end is not yet released.</summary>
    public int Pending => Volatile.Read(ref unreleased);

    /// <summary>Records passed over: of attempts that were never finished, of sessions that another followed, and doubles.</summary>
    public long Skipped => transactions.Skipped + Volatile.Read(ref stale);

    /// <summary>Says that an item is done with, so that more may be read.</summary>
    public void Release(OriginItem item)
    {
        budget.Release(item.Bytes);
        if (item is TransactionEnded ended)
        {
            Interlocked.Add(ref unreleased, -ended.Records);
        }
    }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var entry in spine.ReadAllAsync(cancellationToken))
            {
                await ReadAsync(entry, cancellationToken);
            }

            items.Writer.TryComplete();
        }
        catch (Exception failure)
        {
            items.Writer.TryComplete(failure);
        }
    }

    async Task ReadAsync(SpineEntry entry, CancellationToken cancellationToken)
    {
        if (order.IsStale(entry.Record))
        {
            Interlocked.Increment(ref stale);
            return;
        }

        if (entry.Record.Kind != SpineKind.Transactions)
        {
            await PutAsync(new Progressed(entry.Record, entry.Offset, null), cancellationToken);
        }

        foreach (var transaction in entry.Record.Transactions)
        {
            var position = new TransactionPosition(entry.Record.Epoch, transaction.CommitLsn);
            if (!order.Take(position))
            {
                continue;
            }

            var isLeftOut = leftOut.Holds(Origin, position);
            if (isLeftOut || (self && !transaction.SelfApply && transaction.CommitLsn >= versionsBefore))
            {
                await PutAsync(new Progressed(entry.Record, entry.Offset, transaction, isLeftOut), cancellationToken);
                continue;
            }

            Interlocked.Add(ref unreleased, transaction.RecordCount);
            await PutAsync(new TransactionBegan(entry.Record, transaction, entry.Offset), cancellationToken);
            await transactions.BeginAsync(entry.Record, transaction, cancellationToken);
            while (await transactions.NextAsync(cancellationToken) is { } change)
            {
                await PutAsync(change, cancellationToken);
            }

            await PutAsync(new TransactionEnded(transaction.RecordCount), cancellationToken);
        }
    }

    ValueTask PutAsync(OriginItem item, CancellationToken cancellationToken)
    {
        var room = budget.TakeAsync(item.Bytes, cancellationToken);
        if (!room.IsCompletedSuccessfully)
        {
            return PutAsync(item, room);
        }

        items.Writer.TryWrite(item);
        return ValueTask.CompletedTask;
    }

    async ValueTask PutAsync(OriginItem item, ValueTask room)
    {
        await room;
        items.Writer.TryWrite(item);
    }
}
