namespace KafkaBridge.Postgres;

/// <summary>One pair of columns of a foreign key.</summary>
/// <param name="Matches">What compares the referenced value with the referring one, as <c>OPERATOR(schema.=)</c>.</param>
public sealed record ForeignKeyColumn(string Name, string Referenced, string Matches);

/// <summary>A foreign key between two of the tables that were read. It is of the table that refers.</summary>
/// <param name="Referenced">The oid of the table that it refers to.</param>
/// <param name="ActsOnDelete">The server itself deletes the rows that refer, or empties their columns.</param>
/// <param name="IsIndexed">An index of the table that refers leads with the columns: what refers to a row is found at once.</param>
public sealed record ForeignKeyDefinition(
    string Name, uint Referenced, IReadOnlyList<ForeignKeyColumn> Columns, bool ActsOnDelete, bool IsIndexed);
