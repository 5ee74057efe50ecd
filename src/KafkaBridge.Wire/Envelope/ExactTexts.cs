using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire.Envelope;

/// <summary>
/// The envelope's last field, <c>kafkabridge</c>: texts that a column's type can't hold (NaN in a Decimal). The column is
/// null for others; we put the text in its place. Only tables with such a column have the field.
/// </summary>
static class ExactTexts
{
    public const string Field = "kafkabridge";

    const string ItemName = "kafkabridge.Exact";
    const int NullBranch = 0;
    const int ValueBranch = 1;
    const int EndOfArray = 0;

    static readonly (string Name, AvroKind Kind)[] Parts =
        [("in_before", AvroKind.Boolean), ("column", AvroKind.Int), ("text", AvroKind.String)];

    public static AvroField Schema() => new(
        Field,
        AvroSchema.Nullable(new AvroSchema(AvroKind.Array)
        {
            Items = new AvroSchema(AvroKind.Record)
            {
                FullName = ItemName,
                Fields = [.. Parts.Select(part => new AvroField(part.Name, new AvroSchema(part.Kind)))],
                Properties = [new(ColumnSchema.ConnectName, ItemName)],
            },
        }),
        AvroDefault.Null);

    public static bool IsSchema(AvroSchema schema) =>
        schema is
        {
            Kind: AvroKind.Union,
            Branches: [{ Kind: AvroKind.Null }, { Kind: AvroKind.Array, Items: { Kind: AvroKind.Record } item }],
        }
        && item.Fields.Select(field => (field.Name, field.Type.Kind)).SequenceEqual(Parts);

    public static void Write(ref AvroWriter writer, List<ExactText> texts)
    {
        if (texts.Count == 0)
        {
            writer.WriteLong(NullBranch);
            return;
        }

        writer.WriteLong(ValueBranch);
        writer.WriteLong(texts.Count);
        foreach (var text in texts)
        {
            writer.WriteBoolean(text.InBefore);
            writer.WriteLong(text.Column);
            writer.WriteBytes(text.Text.Span);
        }

        writer.WriteLong(EndOfArray);
    }

    /// <exception cref="WireException">A text for a column that the record hasn't.</exception>
    public static void Read(ref AvroReader reader, ColumnValue[]? before, ColumnValue[]? after, RowText text)
    {
        if (reader.ReadIndex(ValueBranch + 1) == NullBranch)
        {
            return;
        }

        for (var count = reader.ReadBlock(); count > 0; count = reader.ReadBlock())
        {
            for (var i = 0; i < count; i++)
            {
                var row = reader.ReadBoolean() ? before : after;
                var column = reader.ReadInt();
                if (row is null || column < 0 || column >= row.Length)
                {
                    throw new WireException("A text stands for a column that the record hasn't: damaged, or not of this schema.");
                }

                row[column] = new ColumnValue(text.Add(reader.ReadBytes()));
            }
        }
    }
}
