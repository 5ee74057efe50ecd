using KafkaBridge.Changes;

namespace KafkaBridge.Wire;

/// <param name="Op">c, u, d, t or r.</param>
/// <param name="Before">
/// The old row, perhaps only its key (other columns null), in the order of <see cref="ChangeDecoder.Columns"/>;
/// null where there is none.
/// </param>
/// <param name="After">The whole new row; null for d and t.</param>
public sealed record DecodedChange(char Op, ColumnValue[]? Before, ColumnValue[]? After);
