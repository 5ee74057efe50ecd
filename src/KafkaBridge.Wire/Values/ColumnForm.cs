namespace KafkaBridge.Wire.Values;

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

    /// <summary>Days since 1970; the least and the greatest int are -infinity and infinity, as in PostgreSQL itself.</summary>
    Date,

    /// <summary>Microseconds since midnight.</summary>
    Time,

    /// <summary>
    /// Microseconds since 1970; the least and the greatest long are -infinity and infinity, as in PostgreSQL itself.
    /// See <see cref="PostgresTime"/> on the years above 294246.
    /// </summary>
    Timestamp,

    /// <summary>A string: ISO 8601 with Z where the year has four digits, else PostgreSQL's own text.</summary>
    ZonedTimestamp,

    /// <summary>Bytes of the number without its point; what isn't one travels as text in the envelope.</summary>
    Decimal,
}
