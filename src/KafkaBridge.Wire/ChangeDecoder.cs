using System.Text.Json.Nodes;
using KafkaBridge.Changes;
using KafkaBridge.Wire.Avro;
using KafkaBridge.Wire.Envelope;
using KafkaBridge.Wire.Values;

namespace KafkaBridge.Wire;

/// <summary>
/// Reads the changes that one schema wrote, and knows everything from that schema. It keeps no state of a record: any
/// thread may use it. Fields of the envelope that it doesn't know are passed over.
/// </summary>
public sealed class ChangeDecoder
{
    const int TextPerColumn = 24;

    readonly EnvelopeField[] envelope;
    readonly ColumnReader[] columns;

    ChangeDecoder(RelationName relation, IReadOnlyList<WireColumn> described, EnvelopeField[] envelope, ColumnReader[] columns)
    {
        Relation = relation;
        Columns = described;
        this.envelope = envelope;
        this.columns = columns;
    }

    enum Part { Before, After, Op, Exact, Other }

    public RelationName Relation { get; }

    public IReadOnlyList<WireColumn> Columns { get; }

    /// <exception cref="WireException">Not an envelope of KafkaBridge, or one with a type that only a newer version knows.</exception>
    public static ChangeDecoder Parse(string valueSchemaJson)
    {
        var schema = AvroSchemaParser.Parse(valueSchemaJson);
        try
        {
            return Build(schema);
        }
        catch (InvalidOperationException fault)
        {
            throw new WireException($"The schema '{schema.FullName}' is not KafkaBridge's: {fault.Message}");
        }
    }

    /// <param name="body">After the framing.</param>
    /// <param name="unchangedHeader">Of the header <see cref="UnchangedHeader"/>; empty where there is none.</param>
    /// <exception cref="WireException">Truncated, foreign, or with bytes left over.</exception>
    public DecodedChange Decode(ReadOnlySpan<byte> body, ReadOnlySpan<byte> unchangedHeader)
    {
        var reader = new AvroReader(body);
        var text = new RowText(body.Length + (TextPerColumn * columns.Length));
        ColumnValue[]? before = null;
        ColumnValue[]? after = null;
        var op = '\0';
        foreach (var field in envelope)
        {
            switch (field.Part)
            {
                case Part.Before:
                    before = ReadRow(ref reader, field.Schema, text);
                    break;
                case Part.After:
                    after = ReadRow(ref reader, field.Schema, text);
                    break;
                case Part.Op:
                    op = ReadOp(ref reader);
                    break;
                case Part.Exact:
                    ExactTexts.Read(ref reader, before, after, text);
                    break;
                default:
                    AvroSkip.Value(ref reader, field.Schema);
                    break;
            }
        }

        reader.End();
        var complete = op switch
        {
            'c' or 'r' => before is null && after is not null,
            'u' => after is not null,
            'd' => before is not null && after is null,
            _ => before is null && after is null,
        };
        if (!complete)
        {
            throw new WireException($"A record of {Relation} with op '{op}' has not the rows of one: damaged or not KafkaBridge's.");
        }

        UnchangedHeader.Apply(unchangedHeader, after);
        return new DecodedChange(op, before, after);
    }

    static ChangeDecoder Build(AvroSchema schema)
    {
        var row = Field("before").Branches.FirstOrDefault(branch => branch.Kind == AvroKind.Record)
            ?? throw new InvalidOperationException("before is no nullable record");
        if (Field("after").Branches.FirstOrDefault(branch => branch.Kind == AvroKind.Record) != row || Field("op").Kind != AvroKind.String)
        {
            throw new InvalidOperationException("after is not what before is, or op no string");
        }

        var relation = row.Property(TableSchema.RelationProperty) as JsonObject;
        var name = new RelationName(Text(relation?["schema"]), Text(relation?["table"]));
        var key = row.Property(TableSchema.KeyProperty) as JsonArray
            ?? throw new InvalidOperationException($"no {TableSchema.KeyProperty}");
        var keyNames = key.Select(Text).ToHashSet();
        var columns = row.Fields.Select(ColumnReader.For).ToArray();
        var described = columns.Select(column => new WireColumn(column.Name, column.TypeName, keyNames.Contains(column.Name))).ToArray();
        return new ChangeDecoder(name, described, [.. schema.Fields.Select(Known)], columns);

        AvroSchema Field(string wanted) => schema.Fields.FirstOrDefault(field => field.Name == wanted)?.Type
            ?? throw new InvalidOperationException($"no field {wanted}");
    }

    static EnvelopeField Known(AvroField field) => new(
        field.Name switch
        {
            "before" => Part.Before,
            "after" => Part.After,
            "op" => Part.Op,
            ExactTexts.Field => ExactTexts.IsSchema(field.Type)
                ? Part.Exact
                : throw new WireException(
                    $"The envelope's field '{ExactTexts.Field}' is of a newer version: install on this node the version that the "
                    + $"writer runs."),
            _ => Part.Other,
        },
        field.Type);

    static string Text(JsonNode? node) =>
        node?.GetValue<string>() ?? throw new InvalidOperationException($"no {TableSchema.RelationProperty}");

    static char ReadOp(ref AvroReader reader)
    {
        var op = reader.ReadBytes();
        return op.Length == 1 && "cudtr"u8.Contains(op[0])
            ? (char)op[0]
            : throw new WireException("The record's op is none of c, u, d, t and r: damaged, foreign, or of a newer version.");
    }

    ColumnValue[]? ReadRow(ref AvroReader reader, AvroSchema union, RowText text)
    {
        if (union.Branches[reader.ReadIndex(union.Branches.Length)].Kind != AvroKind.Record)
        {
            return null;
        }

        var row = new ColumnValue[columns.Length];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = columns[i].Read(ref reader, text);
        }

        return row;
    }

    readonly record struct EnvelopeField(Part Part, AvroSchema Schema);
}
