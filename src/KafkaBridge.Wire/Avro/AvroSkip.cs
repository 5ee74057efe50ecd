namespace KafkaBridge.Wire.Avro;

/// <summary>Passes over a value of any schema: fields that this version doesn't know.</summary>
static class AvroSkip
{
    public static void Value(ref AvroReader reader, AvroSchema schema, int depth = 0)
    {
        if (depth > Limits.SchemaDepth)
        {
            throw new WireException("A value is nested deeper than any of ours: damaged, or not of this schema.");
        }

        switch (schema.Kind)
        {
            case AvroKind.Null:
                break;
            case AvroKind.Boolean:
                reader.ReadBoolean();
                break;
            case AvroKind.Int:
                reader.ReadInt();
                break;
            case AvroKind.Long:
                reader.ReadLong();
                break;
            case AvroKind.Float:
                reader.ReadFloat();
                break;
            case AvroKind.Double:
                reader.ReadDouble();
                break;
            case AvroKind.Bytes or AvroKind.String:
                reader.ReadBytes();
                break;
            case AvroKind.Fixed:
                reader.Take(schema.Size);
                break;
            case AvroKind.Enum:
                reader.ReadIndex(schema.Symbols.Length);
                break;
            case AvroKind.Union:
                Value(ref reader, schema.Branches[reader.ReadIndex(schema.Branches.Length)], depth + 1);
                break;
            case AvroKind.Array or AvroKind.Map:
                Blocks(ref reader, schema, depth);
                break;
            case AvroKind.Record:
                foreach (var field in schema.Fields)
                {
                    Value(ref reader, field.Type, depth + 1);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(schema));
        }
    }

    static void Blocks(ref AvroReader reader, AvroSchema schema, int depth)
    {
        for (var count = reader.ReadBlock(); count > 0; count = reader.ReadBlock())
        {
            for (var i = 0; i < count; i++)
            {
                if (schema.Kind == AvroKind.Map)
                {
                    reader.ReadBytes();
                }

                Value(ref reader, schema.Items!, depth + 1);
            }
        }
    }
}
