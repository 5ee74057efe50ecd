using System.Globalization;
using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>Why an origin is stopped, and the transactions that were in hand then.</summary>
/// <param name="Foreign">The record at fault, where it is none of the origin's own.</param>
sealed record StoppedOrigin(string Sentence, IReadOnlyList<TransactionPosition> InHand, RecordPlace? Foreign)
{
    /// <summary>It stands in kafkabridge.halt: from then on the row decides, and who takes it away has the origin tried again.</summary>
    public bool IsWritten { get; set; }

    /// <summary>All in hand is in order: it goes on as soon as a conflict is reviewed.</summary>
    public bool AwaitsDecision { get; init; }

    /// <summary>What a person names to have it left out; null: nothing can be.</summary>
    public string? Id(NodeNumberAndName origin, HeldPosition held) =>
        AwaitsDecision ? null : Foreign?.ToString() ?? (At(held) is { } at
            ? string.Create(CultureInfo.InvariantCulture, $"{origin.Name}:{at.Epoch}:{at.CommitLsn}")
            : null);

    /// <summary>Where, why, and what to type on this node.</summary>
    public string Describe(NodeNumberAndName origin, HeldPosition held, string node)
    {
        if (AwaitsDecision)
        {
            return $"{origin.Name} (node {origin.Number}) is stopped after its transaction {held.Position}: {Sentence}.";
        }

        var place = At(held) is { } at && Foreign is null ? $"at its transaction {at}" : $"after its transaction {held.Position}";
        var id = Id(origin, held);
        var way = id is null
            ? "Then make the tables equal and start the cluster anew: kafkabridge destroy, apply"
            : Foreign is null
                ? $"When that is done: kafkabridge tx retry {id}. To leave the transaction out on {node}: kafkabridge tx skip {id} "
                    + "--reason …"
                : $"Find who wrote it and stop him. To leave the record out: kafkabridge tx skip {id} --reason …";
        return $"{origin.Name} (node {origin.Number}) is stopped {place}: {Sentence}. {way}";
    }

    TransactionPosition? At(HeldPosition held) =>
        InHand.FirstOrDefault(position => position > held.Position) is var at && at == default ? null : at;
}
