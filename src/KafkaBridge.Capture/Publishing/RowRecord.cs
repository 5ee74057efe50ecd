using KafkaBridge.Changes;

namespace KafkaBridge.Capture.Publishing;

/// <summary>One record to be: an operation on one row, or on a table (t).</summary>
/// <param name="Op">Debezium's letter: c, u, d, t.</param>
/// <param name="Before">The old row as the log has it; of a key-only image the other columns are null.</param>
readonly record struct RowRecord(char Op, ColumnValue[]? Before, ColumnValue[]? After, int Ordinal, Lsn Lsn)
{
    /// <summary>The row whose key the record has.</summary>
    public ColumnValue[]? KeyRow => After ?? Before;
}
