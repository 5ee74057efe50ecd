namespace KafkaBridge.Changes;

/// <summary>The order of one origin's transactions: its incarnation (epoch), then the commit's LSN.</summary>
public readonly record struct TransactionPosition(int Epoch, Lsn CommitLsn) : IComparable<TransactionPosition>
{
    public int CompareTo(TransactionPosition other) =>
        Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : CommitLsn.CompareTo(other.CommitLsn);

    public static bool operator <(TransactionPosition left, TransactionPosition right) => left.CompareTo(right) < 0;
    public static bool operator >(TransactionPosition left, TransactionPosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(TransactionPosition left, TransactionPosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(TransactionPosition left, TransactionPosition right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Epoch}:{CommitLsn}";
}

/// <summary>
/// The order of one origin's changes. The ordinal counts the changes of the WAL's transaction as decoded, from 0,
/// before any filter, so that it doesn't depend on configuration.
/// </summary>
public readonly record struct ChangePosition(TransactionPosition Transaction, int Ordinal) : IComparable<ChangePosition>
{
    public int CompareTo(ChangePosition other)
    {
        var order = Transaction.CompareTo(other.Transaction);
        return order != 0 ? order : Ordinal.CompareTo(other.Ordinal);
    }

    public static bool operator <(ChangePosition left, ChangePosition right) => left.CompareTo(right) < 0;
    public static bool operator >(ChangePosition left, ChangePosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(ChangePosition left, ChangePosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(ChangePosition left, ChangePosition right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Transaction}#{Ordinal}";
}
