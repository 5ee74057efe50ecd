namespace KafkaBridge.Capture.Reading;

/// <summary>What became of a transaction. Committed means that every snapshot from now on sees it.</summary>
enum TransactionFate
{
    Open,
    Committed,
    RolledBack,
}
