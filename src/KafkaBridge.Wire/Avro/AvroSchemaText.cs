using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaBridge.Wire.Avro;

/// <summary>Writes a schema as JSON, in the order of attributes that Avro's Java library writes.</summary>
sealed class AvroSchemaText : IDisposable
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly MemoryStream text = new();
    readonly Utf8JsonWriter json;
    readonly HashSet<string> written = [];

    AvroSchemaText() => json = new Utf8JsonWriter(text, Options);

    public static string Of(AvroSchema schema)
    {
        using var writer = new AvroSchemaText();
        writer.Write(schema, "");
        writer.json.Flush();
        return Encoding.UTF8.GetString(writer.text.GetBuffer(), 0, (int)writer.text.Length);
    }

    public void Dispose() => json.Dispose();

    void Write(AvroSchema schema, string space)
    {
        if (schema.Kind == AvroKind.Union)
        {
            json.WriteStartArray();
            foreach (var branch in schema.Branches)
            {
                Write(branch, space);
            }

            json.WriteEndArray();
        }
        else if (schema.FullName is { } name && !written.Add(name))
        {
            var (own, local) = Split(name);
            json.WriteStringValue(own == space ? local : name);
        }
        else if (schema.Kind <= AvroKind.String && schema.Properties.Count == 0)
        {
            json.WriteStringValue(Word(schema.Kind));
        }
        else
        {
            WriteObject(schema, space);
        }
    }

    void WriteObject(AvroSchema schema, string space)
    {
        json.WriteStartObject();
        json.WriteString("type", Word(schema.Kind));
        if (schema.FullName is { } name)
        {
            var (own, local) = Split(name);
            json.WriteString("name", local);
            if (own != space)
            {
                json.WriteString("namespace", own);
            }

            space = own;
        }

        switch (schema.Kind)
        {
            case AvroKind.Record:
                WriteFields(schema, space);
                break;
            case AvroKind.Enum:
                json.WriteStartArray("symbols");
                foreach (var symbol in schema.Symbols)
                {
                    json.WriteStringValue(symbol);
                }

                json.WriteEndArray();
                break;
            case AvroKind.Array or AvroKind.Map:
                json.WritePropertyName(schema.Kind == AvroKind.Array ? "items" : "values");
                Write(schema.Items!, space);
                break;
            case AvroKind.Fixed:
                json.WriteNumber("size", schema.Size);
                break;
            default:
                break;
        }

        foreach (var (key, value) in schema.Properties)
        {
            json.WritePropertyName(key);
            WriteNode(value);
        }

        json.WriteEndObject();
    }

    void WriteFields(AvroSchema schema, string space)
    {
        json.WriteStartArray("fields");
        foreach (var field in schema.Fields)
        {
            json.WriteStartObject();
            json.WriteString("name", field.Name);
            json.WritePropertyName("type");
            Write(field.Type, space);
            if (field.Default is { } value)
            {
                json.WritePropertyName("default");
                WriteNode(value.Value);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    void WriteNode(JsonNode? node)
    {
        if (node is null)
        {
            json.WriteNullValue();
        }
        else
        {
            node.WriteTo(json);
        }
    }

    static (string Space, string Local) Split(string fullName)
    {
        var dot = fullName.LastIndexOf('.');
        return dot < 0 ? ("", fullName) : (fullName[..dot], fullName[(dot + 1)..]);
    }

    static string Word(AvroKind kind) => kind switch
    {
        AvroKind.Null => "null",
        AvroKind.Boolean => "boolean",
        AvroKind.Int => "int",
        AvroKind.Long => "long",
        AvroKind.Float => "float",
        AvroKind.Double => "double",
        AvroKind.Bytes => "bytes",
        AvroKind.String => "string",
        AvroKind.Record => "record",
        AvroKind.Enum => "enum",
        AvroKind.Array => "array",
        AvroKind.Map => "map",
        AvroKind.Fixed => "fixed",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
