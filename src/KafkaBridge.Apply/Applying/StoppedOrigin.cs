using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>Why an origin is stopped, and the transactions that were in hand then.</summary>
sealed record StoppedOrigin(string Sentence, IReadOnlyList<TransactionPosition> InHand)
{
    public string Describe(NodeNumberAndName node, HeldPosition held)
    {
        var at = InHand.FirstOrDefault(position => position > held.Position);
        var place = at == default ? $"after {held.Position}" : $"at its transaction {at}";
        return $"{node.Name} (node {node.Number}) is stopped {place}: {Sentence}.";
    }
}
