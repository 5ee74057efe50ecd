using System.Text.Json;
using System.Text.Json.Nodes;

namespace KafkaBridge.Wire.Avro;

/// <summary>Reads a schema's JSON; the text comes from a registry, so nothing in it is believed.</summary>
sealed class AvroSchemaParser
{
    static readonly string[] Reserved =
        ["type", "name", "namespace", "fields", "symbols", "items", "values", "size", "doc", "aliases", "default", "order"];

    readonly Dictionary<string, AvroSchema> named = [];

    AvroSchemaParser()
    {
    }

    /// <exception cref="WireException">Not an Avro schema.</exception>
    public static AvroSchema Parse(string json)
    {
        if (json.Length > Limits.SchemaText)
        {
            throw new WireException("The schema's text is longer than any table's: not KafkaBridge's.");
        }

        try
        {
            var options = new JsonDocumentOptions { MaxDepth = 4 * Limits.SchemaDepth, AllowDuplicateProperties = false };
            return new AvroSchemaParser().Read(JsonNode.Parse(json, null, options), "", 0);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new WireException($"The schema is not Avro's: {fault.Message}");
        }
    }

    AvroSchema Read(JsonNode? node, string space, int depth)
    {
        if (depth > Limits.SchemaDepth)
        {
            throw new WireException("The schema is nested deeper than any table's: not KafkaBridge's.");
        }

        return node switch
        {
            JsonArray branches => ReadUnion(branches, space, depth),
            JsonObject schema => ReadObject(schema, space, depth),
            JsonValue value => ReadName(value.GetValue<string>(), space),
            _ => throw new WireException("The schema has a null where a type is due."),
        };
    }

    AvroSchema ReadName(string name, string space)
    {
        if (Primitive(name) is { } kind)
        {
            return new AvroSchema(kind);
        }

        return named.GetValueOrDefault(FullName(name, space))
            ?? throw new WireException($"The schema names the type '{name}', which it doesn't define.");
    }

    AvroSchema ReadUnion(JsonArray branches, string space, int depth)
    {
        var read = branches.Select(branch => Read(branch, space, depth + 1)).ToArray();
        return read.Length > 0 && read.All(branch => branch.Kind != AvroKind.Union)
            ? new AvroSchema(AvroKind.Union) { Branches = read }
            : throw new WireException("The schema has an empty union, or a union in a union.");
    }

    AvroSchema ReadObject(JsonObject schema, string space, int depth)
    {
        if (schema["type"] is not JsonValue value)
        {
            return Read(schema["type"], space, depth + 1);
        }

        var word = value.GetValue<string>();
        var properties = schema.Where(property => !Reserved.Contains(property.Key)).ToArray();
        if (Primitive(word) is { } kind)
        {
            return new AvroSchema(kind) { Properties = properties };
        }

        switch (word)
        {
            case "array":
                return new AvroSchema(AvroKind.Array) { Items = Read(schema["items"], space, depth + 1), Properties = properties };
            case "map":
                return new AvroSchema(AvroKind.Map) { Items = Read(schema["values"], space, depth + 1), Properties = properties };
            case "record" or "enum" or "fixed":
                var name = Text(schema, "name");
                return ReadNamed(schema, word, FullName(name, schema["namespace"]?.GetValue<string>() ?? space), properties, depth);
            default:
                return ReadName(word, space);
        }
    }

    AvroSchema ReadNamed(JsonObject schema, string word, string name, KeyValuePair<string, JsonNode?>[] properties, int depth)
    {
        var read = word switch
        {
            "record" => new AvroSchema(AvroKind.Record) { FullName = name, Properties = properties },
            "enum" => new AvroSchema(AvroKind.Enum)
            {
                FullName = name,
                Symbols = [.. List(schema, "symbols").Select(symbol => symbol?.GetValue<string>() ?? "")],
                Properties = properties,
            },
            _ => new AvroSchema(AvroKind.Fixed) { FullName = name, Size = Size(schema), Properties = properties },
        };
        if (!named.TryAdd(name, read))
        {
            throw new WireException($"The schema defines '{name}' twice.");
        }

        if (read.Kind == AvroKind.Record)
        {
            var space = name.LastIndexOf('.') is var dot and >= 0 ? name[..dot] : "";
            read.Fields = [.. List(schema, "fields").Select(field => ReadField(field, space, depth))];
        }

        return read;
    }

    AvroField ReadField(JsonNode? node, string space, int depth)
    {
        var field = node as JsonObject ?? throw new WireException("A field of the schema is no object.");
        return new AvroField(
            Text(field, "name"),
            Read(field["type"], space, depth + 1),
            field.TryGetPropertyValue("default", out var value) ? new AvroDefault(value) : null);
    }

    static JsonArray List(JsonObject schema, string name) =>
        schema[name] as JsonArray ?? throw new WireException($"The schema has a type without a list of {name}.");

    static string Text(JsonObject schema, string name) =>
        schema[name]?.GetValue<string>() ?? throw new WireException($"The schema has a type or field without {name}.");

    static int Size(JsonObject schema) => schema["size"]?.GetValue<int>() is { } size and > 0
        ? size
        : throw new WireException("The schema has a fixed type without a size.");

    static string FullName(string name, string space) =>
        name.Contains('.', StringComparison.Ordinal) || space.Length == 0 ? name : $"{space}.{name}";

    static AvroKind? Primitive(string word) => word switch
    {
        "null" => AvroKind.Null,
        "boolean" => AvroKind.Boolean,
        "int" => AvroKind.Int,
        "long" => AvroKind.Long,
        "float" => AvroKind.Float,
        "double" => AvroKind.Double,
        "bytes" => AvroKind.Bytes,
        "string" => AvroKind.String,
        _ => null,
    };
}
