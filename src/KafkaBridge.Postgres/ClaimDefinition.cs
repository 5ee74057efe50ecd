namespace KafkaBridge.Postgres;

/// <summary>
/// A unique index or exclusion constraint besides the key: what one row has, no other may have. As the index itself compares, so
/// that claims are PostgreSQL's to say: citext, numeric 1.0 and 1.00, partial and expression indexes.
/// </summary>
/// <param name="Predicate">Rows for which it is not true claim nothing; null: all rows.</param>
/// <param name="NullsAreEqual">NULLS NOT DISTINCT.</param>
/// <param name="Index">What follows the table's name in CREATE INDEX.</param>
public sealed record ClaimDefinition(uint Oid, IReadOnlyList<ClaimTerm> Terms, string? Predicate, bool NullsAreEqual, string Index);

/// <param name="Expression">Over the table's columns, unqualified: a quoted name, or an expression in parentheses.</param>
/// <param name="Operator">Two rows collide where it is true of all terms: <c>OPERATOR(schema.=)</c>.</param>
/// <param name="Collation">The index's own, qualified and quoted.</param>
public sealed record ClaimTerm(string Expression, string Operator, string? Collation);
