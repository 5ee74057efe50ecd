using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// IncrementalAlterConfigs: 0 to 1. Sets, removes, appends to and subtracts from a topic's settings. Left out: the broker's own.
/// </summary>
static class IncrementalAlterConfigs
{
    public static readonly ApiEntry Entry = new(ApiKey.IncrementalAlterConfigs, 0, 1, 1, HandleAsync);

    const sbyte Set = 0;
    const sbyte Remove = 1;
    const sbyte Append = 2;
    const sbyte Subtract = 3;

    sealed record Operation(string Name, sbyte Kind, string? Value);

    static async Task HandleAsync(Request request)
    {
        var (resources, mode) = Read(request);
        var results = new List<ResourceResult>();
        foreach (var (type, name, operations) in resources)
        {
            results.Add(await ResourceResult.OfAsync(request.Broker, type, name, present => Apply(present, operations), mode));
        }

        ResourceResult.Write(request.Response, results);
    }

    static (List<(sbyte Type, string Name, List<Operation> Operations)> Resources, ChangeMode Mode) Read(Request request)
    {
        var reader = request.Read();
        var resources = new List<(sbyte, string, List<Operation>)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var type = reader.Int8();
            var name = reader.String();
            var operations = new List<Operation>();
            for (var left = reader.Count(); left > 0; left--)
            {
                operations.Add(new Operation(reader.String(), reader.Int8(), reader.NullableString()));
                reader.Tags();
            }

            reader.Tags();
            resources.Add((type, name, operations));
        }

        return (resources, reader.Boolean() ? ChangeMode.ValidateOnly : ChangeMode.Apply);
    }

    // A value that is wrong in itself is found by who applies the result.
    static Dictionary<string, string> Apply(IReadOnlyDictionary<string, string> present, List<Operation> operations)
    {
        var result = new Dictionary<string, string>(present);
        foreach (var (name, kind, value) in operations)
        {
            if (!TopicSettings.All.TryGetValue(name, out var definition))
            {
                throw new InvalidOperationException($"Unknown topic config name: {name}");
            }

            if (kind == Remove)
            {
                result.Remove(name);
                continue;
            }

            var given = value ?? throw new InvalidOperationException($"Null value not supported for topic config: {name}");
            if (kind is Append or Subtract && definition.Type != SettingType.List)
            {
                throw new InvalidOperationException($"{name} is no list: it can be set or removed only");
            }

            var list = TopicSettings.Value(result, name).Split(',', StringSplitOptions.RemoveEmptyEntries);
            result[name] = kind switch
            {
                Set => given,
                Append => string.Join(',', list.Union(given.Split(','))),
                Subtract => string.Join(',', list.Except(given.Split(','))),
                _ => throw new InvalidOperationException($"Unknown operation {kind} for {name}"),
            };
        }

        return result;
    }
}
