namespace KafkaBridge.Wire;

/// <summary>How a column's text travels.</summary>
enum ColumnForm : byte
{
    /// <summary>A string: PostgreSQL's own text.</summary>
    Text,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
}
