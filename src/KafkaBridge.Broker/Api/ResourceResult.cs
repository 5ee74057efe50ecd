using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>What became of changing one resource's settings; both APIs that do so answer alike.</summary>
sealed record ResourceResult(sbyte Type, string Name, ErrorCode Error, string? Message)
{
    public static async Task<ResourceResult> OfAsync(
        BrokerState broker, sbyte type, string name, Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>> change,
            ChangeMode mode)
    {
        if (type != DescribeConfigs.TopicResource)
        {
            return new ResourceResult(type, name, ErrorCode.InvalidRequest,
                "only topics have settings that can be changed here; the broker's come from its command line");
        }

        try
        {
            var result = await broker.Topics.ConfigureAsync(name, change, mode);
            return new ResourceResult(type, name, result.Error, result.Message);
        }
        catch (InvalidOperationException exception)
        {
            return new ResourceResult(type, name, ErrorCode.InvalidConfig, exception.Message);
        }
        catch (IOException exception)
        {
            return new ResourceResult(type, name, ErrorCode.KafkaStorageError, exception.Message);
        }
    }

    public static void Write(KafkaWriter response, List<ResourceResult> results)
    {
        response.Int32(0); // throttle
        response.Count(results.Count);
        foreach (var result in results)
        {
            response.Error(result.Error);
            response.String(result.Message);
            response.Int8(result.Type);
            response.String(result.Name);
            response.Tags();
        }

        response.Tags();
    }
}
