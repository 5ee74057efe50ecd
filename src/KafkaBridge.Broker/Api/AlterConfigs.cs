using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>AlterConfigs: 0 to 2. A topic has these settings and no others from now on. Left out: the broker's own settings.</summary>
static class AlterConfigs
{
    public static readonly ApiEntry Entry = new(ApiKey.AlterConfigs, 0, 2, 2, HandleAsync);

    static async Task HandleAsync(Request request)
    {
        var (resources, mode) = Read(request);
        var results = new List<ResourceResult>();
        foreach (var (type, name, settings) in resources)
        {
            results.Add(await ResourceResult.OfAsync(request.Broker, type, name, _ => settings, mode));
        }

        ResourceResult.Write(request.Response, results);
    }

    static (List<(sbyte Type, string Name, Dictionary<string, string> Settings)> Resources, ChangeMode Mode) Read(Request request)
    {
        var reader = request.Read();
        var resources = new List<(sbyte, string, Dictionary<string, string>)>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var type = reader.Int8();
            var name = reader.String();
            var settings = new Dictionary<string, string>();
            for (var left = reader.Count(); left > 0; left--)
            {
                var key = reader.String();
                if (reader.NullableString() is { } value)
                {
                    settings[key] = value;
                }

                reader.Tags();
            }

            reader.Tags();
            resources.Add((type, name, settings));
        }

        return (resources, reader.Boolean() ? ChangeMode.ValidateOnly : ChangeMode.Apply);
    }
}
