using KafkaBridge.Changes;

namespace KafkaBridge.Apply.Applying;

/// <summary>
/// Origins that failed with several transactions in hand: those are applied one by one, so that the next failure tells the
/// very one. Once they are through, with or without a person's help, the origin is applied in batches again.
/// </summary>
sealed class OneByOne
{
    readonly Dictionary<int, TransactionPosition> last = []; // by origin: of those that were in hand

    /// <returns>False where there was one transaction in hand, or none: it is known which one failed.</returns>
    public bool Begin(int origin, IReadOnlyList<TransactionPosition> inHand)
    {
        if (inHand.Count < 2)
        {
            return false;
        }

        last[origin] = inHand[^1];
        return true;
    }

    /// <summary>Whether what comes after the position is taken one by one.</summary>
    public bool Holds(int origin, TransactionPosition applied) => last.TryGetValue(origin, out var through) && applied < through;
}
