using KafkaBridge.Changes;
using KafkaBridge.Kafka;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Monitoring;
using KafkaBridge.Options;
using KafkaBridge.Rows;
using KafkaBridge.Wire;

namespace KafkaBridge.Halts;

/// <summary>What was copied to the dlq of a transaction that is to be left out.</summary>
internal sealed record SkippedTransaction(long Copied, int Expected, IReadOnlyList<string> Topics)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="from">An offset in the origin's spine at or before the transaction's entry.</param>
    /// <exception cref="StoppedException">The spine has no such transaction.</exception>
    public static async Task<SkippedTransaction> CopyAsync(
        KafkaSettings settings, BridgeOptions options, NodeClaim origin, int perNode, TransactionPosition position, long from,
        LeftOutNote note, CancellationToken ct)
    {
        var topics = Wiring.Topics(options);
        var (record, transaction) = await Task.Run(() => Find(settings, options, origin, perNode, position, from), ct)
            ?? throw new StoppedException(
                ExitCode.Precondition, "KB1084", $"{topics.Spine} has no transaction {origin.Name}:{position}", topics.Spine,
                "the log no longer holds it",
                "make the tables equal and start the cluster anew: kafkabridge destroy, apply");
        using var letters = new DeadLetters(settings, topics, origin.Number * perNode, note);
        foreach (var extent in transaction.Extents)
        {
            await letters.CopyAsync(
                new RecordPlace(extent.Topic, extent.Partition, extent.FirstOffset), extent.LastOffset,
                candidate => TableRecords.HeaderOf(candidate) is { } header && IsOf(header, record, transaction),
                ct);
        }

        await letters.FlushAsync();
        return new SkippedTransaction(
            letters.Count, transaction.RecordCount, [.. transaction.Extents.Select(extent => extent.Topic).Distinct()]);
    }

    static bool IsOf(RecordHeader header, SpineRecord record, SpineTransaction transaction) =>
        header.Node == record.Node && header.Session == record.Session && header.Epoch == record.Epoch
        && header.CommitLsn == transaction.CommitLsn;

    static (SpineRecord Record, SpineTransaction Transaction)? Find(
        KafkaSettings settings, BridgeOptions options, NodeClaim origin, int perNode, TransactionPosition position, long from)
    {
        using var scan = SpineScan.Open(settings, options, origin.Number, perNode, from);
        while (scan.Next(Patience) is { } record)
        {
            if (record.Epoch == position.Epoch
                && record.Transactions.FirstOrDefault(one => one.CommitLsn == position.CommitLsn) is { } found)
            {
                return (record, found);
            }
        }

        return null;
    }
}
