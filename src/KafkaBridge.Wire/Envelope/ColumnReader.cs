using System.Text.Json.Nodes;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire.Envelope;

/// <summary>How one column of a writer's schema is read.</summary>
sealed record ColumnReader(string Name, string TypeName, ColumnForm?[] Branches, bool IsUnion, int Scale)
{
    public static ColumnReader For(AvroField field)
    {
        var isUnion = field.Type.Kind == AvroKind.Union;
        AvroSchema[] branches = isUnion ? field.Type.Branches : [field.Type];
        var parameters = branches.Select(branch => branch.Property(ColumnSchema.Parameters)).OfType<JsonObject>().FirstOrDefault();
        var name = parameters?[ColumnSchema.NameParameter]?.GetValue<string>() ?? field.Name;
        var type = parameters?[ColumnSchema.TypeParameter]?.GetValue<string>()
            ?? throw new InvalidOperationException($"field {field.Name} says nothing of its type in PostgreSQL");
        return new ColumnReader(
            name, type, [.. branches.Select(branch => Form(branch, name))], isUnion,
            branches.Max(branch => ColumnSchema.ScaleOf(branch, name)));
    }

    public ColumnValue Read(ref AvroReader reader, RowText text)
    {
        var form = Branches[IsUnion ? reader.ReadIndex(Branches.Length) : 0];
        return form switch
        {
            null => ColumnValue.Null,
            ColumnForm.Decimal => new ColumnValue(PostgresDecimal.Read(reader.ReadBytes(), Scale, text)),
            { } known => new ColumnValue(ValueForm.Read(ref reader, known, text)),
        };
    }

    static ColumnForm? Form(AvroSchema branch, string column) => branch.Kind == AvroKind.Null ? null : ColumnSchema.FormOf(branch, column);
}
