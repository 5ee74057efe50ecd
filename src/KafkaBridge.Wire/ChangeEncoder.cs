using System.Buffers;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Envelope;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire;

/// <summary>Writes the changes of one shape of a table. Reusable, not shared between threads.</summary>
public sealed class ChangeEncoder
{
    /// <summary>Debezium's stand-in for a value that isn't there.</summary>
    internal const string Placeholder = "__debezium_unavailable_value";

    const int NullBranch = 0;
    const int ValueBranch = 1;

    readonly TableSchema schema;
    readonly int keySchemaId;
    readonly int valueSchemaId;
    readonly ColumnForm[] forms;
    readonly bool[] isKey;
    readonly int[] scales;
    readonly bool hasExactTexts;
    readonly List<ExactText> exact = [];

    public ChangeEncoder(TableSchema schema, int keySchemaId, int valueSchemaId)
    {
        this.schema = schema;
        this.keySchemaId = keySchemaId;
        this.valueSchemaId = valueSchemaId;
        forms = [.. schema.Relation.Columns.Select(ColumnSchema.FormOf)];
        isKey = [.. schema.Relation.Columns.Select(column => column.IsKey)];
        scales = [.. schema.Relation.Columns.Select(column => PostgresDecimal.Shape(column.TypeModifier)?.Scale ?? 0)];
        hasExactTexts = TableSchema.HasExactTexts(schema.Relation);
    }

    public static byte[]? UnchangedHeader(ReadOnlySpan<ColumnValue> after) => Wire.UnchangedHeader.Encode(after);

    /// <summary>Framed. Only the key's columns of the row are read.</summary>
    /// <exception cref="WireException">A key column has no value, or a value isn't its type's text.</exception>
    public void EncodeKey(ReadOnlySpan<ColumnValue> row, IBufferWriter<byte> output)
    {
        Check(row.Length);
        RegistryFraming.Write(output, keySchemaId);
        var writer = new AvroWriter(output);
        for (var i = 0; i < row.Length; i++)
        {
            if (isKey[i])
            {
                if (row[i].Kind != ColumnValueKind.Text)
                {
                    throw Fault(i, "is part of the key and has no value here");
                }

                Write(ref writer, i, row[i].Text.Span);
            }
        }

        writer.Flush();
    }

    /// <summary>Framed. Unchanged values become a placeholder: the caller sends the header that names them.</summary>
    /// <param name="op">c, u, d, t or r.</param>
    /// <param name="before">Null where there is none; columns beside the key may be null in an old key.</param>
    /// <exception cref="WireException">
    /// A key column is null, or a value isn't its type's text: the session's settings aren't ours.
    /// </exception>
    public void EncodeValue(char op, ColumnValue[]? before, ColumnValue[]? after, in ChangeSource source, IBufferWriter<byte> output)
    {
        RegistryFraming.Write(output, valueSchemaId);
        var writer = new AvroWriter(output);
        exact.Clear();
        WriteRow(ref writer, before, true);
        WriteRow(ref writer, after, false);
        SourceBlock.Write(ref writer, schema.Relation.Name, op == 'r', source);
        writer.WriteLong(NullBranch); // transaction: the spine has the boundaries
        writer.WriteBytes([(byte)op]);
        SourceBlock.WriteTimes(ref writer, source.NowMicroseconds);
        if (hasExactTexts)
        {
            ExactTexts.Write(ref writer, exact);
        }

        writer.Flush();
    }

    void WriteRow(ref AvroWriter writer, ColumnValue[]? row, bool inBefore)
    {
        if (row is null)
        {
            writer.WriteLong(NullBranch);
            return;
        }

        Check(row.Length);
        writer.WriteLong(ValueBranch);
        for (var i = 0; i < row.Length; i++)
        {
            switch (row[i].Kind)
            {
                case ColumnValueKind.Text when forms[i] == ColumnForm.Decimal:
                    WriteDecimal(ref writer, i, row[i].Text, inBefore);
                    break;
                case ColumnValueKind.Text:
                    if (!isKey[i])
                    {
                        writer.WriteLong(ValueBranch);
                    }

                    Write(ref writer, i, row[i].Text.Span);
                    break;
                case ColumnValueKind.Unchanged:
                    WriteUnchanged(ref writer, i);
                    break;
                default:
                    if (isKey[i])
                    {
                        throw Fault(i, "is part of the key and null");
                    }

                    writer.WriteLong(NullBranch);
                    break;
            }
        }
    }

    void WriteDecimal(ref AvroWriter writer, int column, ReadOnlyMemory<byte> text, bool inBefore)
    {
        Span<byte> bytes = stackalloc byte[PostgresDecimal.LongestBytes];
        if (PostgresDecimal.TryParse(text.Span, scales[column], bytes, out var length))
        {
            writer.WriteLong(ValueBranch);
            writer.WriteBytes(bytes[..length]);
        }
        else
        {
            writer.WriteLong(NullBranch);
            exact.Add(new ExactText(inBefore, column, text));
        }
    }

    void WriteUnchanged(ref AvroWriter writer, int column)
    {
        if (forms[column] is ColumnForm.Text or ColumnForm.Bytes)
        {
            if (!isKey[column])
            {
                writer.WriteLong(ValueBranch);
            }

            writer.WriteString(Placeholder);
        }
        else if (isKey[column])
        {
            throw Fault(column, "is part of the key and has no value here");
        }
        else
        {
            writer.WriteLong(NullBranch);
        }
    }

    void Write(ref AvroWriter writer, int column, ReadOnlySpan<byte> text)
    {
        if (forms[column] == ColumnForm.Text)
        {
            writer.WriteBytes(text);
        }
        else if (!ValueForm.TryWrite(ref writer, forms[column], text))
        {
            throw Fault(column, "has a value that isn't its type's text; the replication session's settings must be KafkaBridge's own");
        }
    }

    void Check(int length)
    {
        if (length != forms.Length)
        {
            throw new ArgumentException($"A row of {length} values for the {forms.Length} columns of {schema.Relation.Name}.");
        }
    }

    WireException Fault(int column, string what) =>
        new(
            $"Table {schema.Relation.Name}: column '{schema.Relation.Columns[column].Name}' "
            + $"({schema.Relation.Columns[column].TypeName}) {what}.");
}
