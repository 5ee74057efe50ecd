using System.Text;

namespace KafkaBridge.Changes;

public enum ColumnValueKind : byte { Null, Unchanged, Text }

/// <summary>One column's value in PostgreSQL's own text form (UTF-8), null, or unchanged: a TOASTed value the log left out.</summary>
public readonly struct ColumnValue(ReadOnlyMemory<byte> text) : IEquatable<ColumnValue>
{
    public static readonly ColumnValue Null;
    public static readonly ColumnValue Unchanged = new(ColumnValueKind.Unchanged);

    ColumnValue(ColumnValueKind kind)
        : this(ReadOnlyMemory<byte>.Empty) => Kind = kind;

    public ColumnValueKind Kind { get; } = ColumnValueKind.Text;

    /// <summary>Empty unless the kind is Text.</summary>
    public ReadOnlyMemory<byte> Text { get; } = text;

    public static ColumnValue Of(string text) => new(Encoding.UTF8.GetBytes(text));

    public bool Equals(ColumnValue other) => Kind == other.Kind && Text.Span.SequenceEqual(other.Text.Span);

    public override bool Equals(object? obj) => obj is ColumnValue other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Kind);
        hash.AddBytes(Text.Span);
        return hash.ToHashCode();
    }

    public override string? ToString() => Kind == ColumnValueKind.Null ? null : Encoding.UTF8.GetString(Text.Span);
}
