using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Topics;

namespace KafkaBridge.Broker.Api;

/// <summary>
/// CreateTopics: 2 to 7. -1 partitions is the broker's default; a replica assignment may name this broker only; topic ids since 7.
/// Left out: the timeout (a topic is there when it is answered), replication factors above 1.
/// </summary>
static class CreateTopics
{
    public static readonly ApiEntry Entry = new(ApiKey.CreateTopics, 2, 7, 5, HandleAsync);

    sealed record Wanted(string Name, int Partitions, short Replication, List<(int Partition, int[] Brokers)> Assignments,
        Dictionary<string, string?> Settings);

    static async Task HandleAsync(Request request)
    {
        var (topics, mode) = Read(request);
        var results = new List<(string Name, TopicChange Change)>();
        if (topics.Count > BrokerLimits.NewPartitionsAtOnce)
        {
            throw new MalformedRequestException($"{topics.Count} topics; at most {BrokerLimits.NewPartitionsAtOnce} are made at once");
        }

        var named = topics.CountBy(topic => topic.Name).ToDictionary();
        foreach (var wanted in topics)
        {
            results.Add((wanted.Name, named[wanted.Name] > 1
                ? new TopicChange(ErrorCode.InvalidRequest, $"topic {wanted.Name} is in the request more than once")
                : await CreateAsync(request.Broker, wanted, mode)));
        }

        var response = request.Response;
        response.Int32(0); // throttle
        response.Count(results.Count);
        foreach (var (name, change) in results)
        {
            WriteTopic(request, name, change, mode);
        }

        response.Tags();
    }

    static (List<Wanted> Topics, ChangeMode Mode) Read(Request request)
    {
        var reader = request.Read();
        var topics = new List<Wanted>();
        for (var count = reader.Count(); count > 0; count--)
        {
            var name = reader.String();
            var partitions = reader.Int32();
            var replication = reader.Int16();
            var assignments = new List<(int, int[])>();
            for (var left = reader.Count(4); left > 0; left--)
            {
                assignments.Add((reader.Int32(), ReadBrokers(ref reader)));
                reader.Tags();
            }

            var settings = new Dictionary<string, string?>();
            for (var left = reader.Count(); left > 0; left--)
            {
                settings[reader.String()] = reader.NullableString();
                reader.Tags();
            }

            reader.Tags();
            topics.Add(new Wanted(name, partitions, replication, assignments, settings));
        }

        reader.Int32(); // timeout
        return (topics, reader.Boolean() ? ChangeMode.ValidateOnly : ChangeMode.Apply);
    }

    public static int[] ReadBrokers(ref KafkaReader reader)
    {
        var brokers = new int[reader.Count(4)];
        for (var i = 0; i < brokers.Length; i++)
        {
            brokers[i] = reader.Int32();
        }

        return brokers;
    }

    static async Task<TopicChange> CreateAsync(BrokerState broker, Wanted wanted, ChangeMode mode)
    {
        var partitions = wanted.Partitions == -1 ? broker.Options.DefaultPartitions : wanted.Partitions;
        if (wanted.Assignments.Count > 0)
        {
            partitions = wanted.Assignments.Count;
            if (wanted.Partitions != -1 || wanted.Replication != -1)
            {
                return new TopicChange(ErrorCode.InvalidRequest, "with an assignment, partitions and replication factor must be -1");
            }

            var indexes = wanted.Assignments.Select(entry => entry.Partition).Order();
            if (!indexes.SequenceEqual(Enumerable.Range(0, partitions)) || wanted.Assignments.Any(entry =>
                entry.Brokers is not [BrokerState.NodeId]))
            {
                return new TopicChange(ErrorCode.InvalidReplicaAssignment,
                    $"the only broker is {BrokerState.NodeId}, and partitions count from 0");
            }
        }
        else if (wanted.Replication is not (-1 or 1))
        {
            return new TopicChange(
                ErrorCode.InvalidReplicationFactor, $"Unable to replicate the partition {wanted.Replication} time(s): this broker "
                    + $"is the only one.");
        }
        else if (partitions < 1)
        {
            return new TopicChange(ErrorCode.InvalidPartitions, $"{partitions} partitions: at least 1 is needed");
        }

        try
        {
            return await broker.Topics.CreateAsync(wanted.Name, partitions, wanted.Settings, mode);
        }
        catch (IOException exception)
        {
            return new TopicChange(ErrorCode.KafkaStorageError, exception.Message);
        }
    }

    static void WriteTopic(Request request, string name, TopicChange change, ChangeMode mode)
    {
        var response = request.Response;
        response.String(name);
        if (request.Version >= 7)
        {
            response.Uuid(change.Topic?.Id ?? Guid.Empty);
        }

        response.Error(change.Error);
        response.String(change.Message);
        if (request.Version >= 5)
        {
            var made = change.Topic is not null && mode == ChangeMode.Apply;
            response.Int32(made ? change.Topic!.Partitions.Count : -1);
            response.Int16(made ? (short)1 : (short)-1);
            WriteSettings(response, made ? change.Topic!.Settings : null);
        }

        response.Tags();
    }

    static void WriteSettings(KafkaWriter response, IReadOnlyDictionary<string, string>? given)
    {
        if (given is null)
        {
            response.NullCount();
            return;
        }

        response.Count(TopicSettings.All.Count);
        foreach (var name in TopicSettings.All.Keys)
        {
            response.String(name);
            response.String(TopicSettings.Value(given, name));
            response.Boolean(false); // read only
            response.Int8((sbyte)(given.ContainsKey(name) ? DescribeConfigs.FromTopic : DescribeConfigs.FromDefault));
            response.Boolean(false); // sensitive
            response.Tags();
        }
    }
}
