using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Storage;

namespace KafkaBridge.Broker.Topics;

/// <summary>What a change of topics came to.</summary>
readonly record struct TopicChange(ErrorCode Error, string? Message, Topic? Topic = null);

/// <summary>
/// All topics. A topic exists when topics.log says so; its partitions' folders bear its id, so that a topic deleted and created
/// again never meets its old records. Changes go one after the other; reading needs no lock.
/// </summary>
sealed class TopicTable : IDisposable
{
    const string StartPrefix = "start/";
    const string TopicPrefix = "topic/";

    readonly SemaphoreSlim changing = new(1);
    readonly KeyedLog table;
    readonly string logs;
    readonly LogGround ground;
    readonly ConcurrentDictionary<string, Topic> byName = new();
    readonly ConcurrentDictionary<Guid, Topic> byId = new();

    sealed record Stored(Guid Id, int Partitions, Dictionary<string, string> Settings);

    /// <exception cref="InvalidDataException">A log is damaged where it can't be cut off.</exception>
    public TopicTable(string dataFolder, LogGround ground)
    {
        this.ground = ground;
        logs = Path.Combine(dataFolder, "logs");
        Directory.CreateDirectory(logs);
        table = KeyedLog.Open(Path.Combine(dataFolder, "topics.log"), ground.Disk, ground.Faults);
        foreach (var (key, value) in table.ToList())
        {
            if (key.StartsWith(TopicPrefix, StringComparison.Ordinal))
            {
                var stored = JsonSerializer.Deserialize<Stored>(value)!;
                var partitions = OpenPartitions(stored.Id, 0, stored.Partitions, stored.Settings);
                Keep(new Topic(key[TopicPrefix.Length..], stored.Id, stored.Settings, partitions));
            }
        }

        foreach (var folder in Directory.EnumerateDirectories(logs).Where(folder => !IsTopics(folder)))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>By name.</summary>
    public IEnumerable<Topic> All => byName.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal);

    public Topic? Find(string name) => byName.GetValueOrDefault(name);

    public Topic? Find(Guid id) => byId.GetValueOrDefault(id);

    public async Task<TopicChange> CreateAsync(string name, int partitions, IReadOnlyDictionary<string, string?> settings, ChangeMode mode)
    {
        if (TopicName.Problem(name) is { } wrong)
        {
            return new TopicChange(ErrorCode.InvalidTopic, wrong);
        }

        foreach (var (key, value) in settings)
        {
            if (TopicSettings.Problem(key, value) is { } problem)
            {
                return new TopicChange(ErrorCode.InvalidConfig, problem);
            }
        }

        await changing.WaitAsync();
        try
        {
            if (byName.ContainsKey(name))
            {
                return new TopicChange(ErrorCode.TopicAlreadyExists, $"Topic '{name}' already exists.");
            }

            if (TooMany(partitions) is { } tooMany)
            {
                return tooMany;
            }

            var stored = new Stored(NewId(), partitions, settings.ToDictionary(setting => setting.Key, setting => setting.Value!));
            if (mode == ChangeMode.ValidateOnly)
            {
                return new TopicChange(ErrorCode.None, null, new Topic(name, Guid.Empty, stored.Settings, []));
            }

            var logsOfIt = MakePartitions(stored.Id, 0, partitions, stored.Settings);
            await StoreAsync(name, stored);
            var topic = new Topic(name, stored.Id, stored.Settings, logsOfIt);
            Keep(topic);
            return new TopicChange(ErrorCode.None, null, topic);
        }
        finally
        {
            changing.Release();
        }
    }

    public async Task<TopicChange> GrowAsync(string name, int partitions, ChangeMode mode)
    {
        await changing.WaitAsync();
        try
        {
            if (Find(name) is not { } topic)
            {
                return new TopicChange(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            }

            var present = topic.Partitions.Count;
            if (partitions <= present)
            {
                return new TopicChange(
                    ErrorCode.InvalidPartitions,
                    $"The topic {name} currently has {present} partition(s); {partitions} would not be an increase.");
            }

            if (TooMany(partitions - present) is { } tooMany)
            {
                return tooMany;
            }

            if (mode == ChangeMode.Apply)
            {
                var added = MakePartitions(topic.Id, present, partitions, topic.Settings);
                await StoreAsync(name, new Stored(topic.Id, partitions, new Dictionary<string, string>(topic.Settings)));
                Keep(topic = topic with { Partitions = [.. topic.Partitions, .. added] });
            }

            return new TopicChange(ErrorCode.None, null, topic);
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Gives the topic the settings that come of its present ones.</summary>
    public async Task<TopicChange> ConfigureAsync(
        string name, Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>> change, ChangeMode mode)
    {
        await changing.WaitAsync();
        try
        {
            if (Find(name) is not { } topic)
            {
                return new TopicChange(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            }

            var settings = change(topic.Settings);
            var problem = settings.Select(setting => TopicSettings.Problem(setting.Key, setting.Value)).FirstOrDefault(problem =>
                problem is not null);
            if (problem is not null)
            {
                return new TopicChange(ErrorCode.InvalidConfig, problem);
            }

            if (mode == ChangeMode.Apply)
            {
                await StoreAsync(name, new Stored(topic.Id, topic.Partitions.Count, settings));
                Keep(topic = topic with { Settings = settings });
                foreach (var partition in topic.Partitions)
                {
                    partition.Settings = TopicSettings.ToLog(settings);
                }
            }

            return new TopicChange(ErrorCode.None, null, topic);
        }
        finally
        {
            changing.Release();
        }
    }

    public async Task<TopicChange> DeleteAsync(string name)
    {
        await changing.WaitAsync();
        try
        {
            if (Find(name) is not { } topic)
            {
                return new TopicChange(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            }

            await table.PutAsync(
                [new(TopicPrefix + name, null), .. Enumerable.Range(0, topic.Partitions.Count).Select(
                    n => new KeyValuePair<string, byte[]?>(StartKey(topic.Id, n), null))]);
            byName.TryRemove(name, out _);
            byId.TryRemove(topic.Id, out _);
            foreach (var partition in topic.Partitions)
            {
                partition.Abandon();
            }

            Directory.Delete(TopicFolder(topic.Id), recursive: true);
            return new TopicChange(ErrorCode.None, null, topic);
        }
        finally
        {
            changing.Release();
        }
    }

    /// <summary>Raises the start of a partition's log for good; returns where it is then.</summary>
    public async Task<long> RaiseStartAsync(Topic topic, int index, long offset)
    {
        var partition = topic.Partitions[index];
        if (offset > partition.LogStart)
        {
            await table.PutAsync(StartKey(topic.Id, index), BitConverter.GetBytes(offset));
            partition.RaiseStart(offset);
        }

        return partition.LogStart;
    }

    public void Dispose()
    {
        foreach (var partition in byName.Values.SelectMany(topic => topic.Partitions))
        {
            partition.Dispose();
        }

        table.Dispose();
        changing.Dispose();
    }

    TopicChange? TooMany(int more) =>
        more is > 0 and <= BrokerLimits.NewPartitionsAtOnce
            && byName.Values.Sum(topic => topic.Partitions.Count) + more <= BrokerLimits.Partitions
            ? null
            : new TopicChange(ErrorCode.InvalidPartitions, $"{more} more partitions: from 1 to "
                + $"{BrokerLimits.NewPartitionsAtOnce} may be made at once, {BrokerLimits.Partitions} be in all topics together");

    Task StoreAsync(string name, Stored stored) => table.PutAsync(TopicPrefix + name, JsonSerializer.SerializeToUtf8Bytes(stored));

    void Keep(Topic topic)
    {
        byName[topic.Name] = topic;
        byId[topic.Id] = topic;
    }

    List<PartitionLog> MakePartitions(Guid id, int from, int to, IReadOnlyDictionary<string, string> settings)
    {
        var made = new List<PartitionLog>();
        try
        {
            for (var n = from; n < to; n++)
            {
                made.AddRange(OpenPartitions(id, n, n + 1, settings));
            }

            return made;
        }
        catch (IOException) // the disk is full, or too many files are open: none of them stays
        {
            foreach (var partition in made)
            {
                partition.Abandon();
                Directory.Delete(partition.Folder, recursive: true);
            }

            throw;
        }
    }

    List<PartitionLog> OpenPartitions(Guid id, int from, int to, IReadOnlyDictionary<string, string> settings) =>
    [
        .. Enumerable.Range(from, to - from).Select(n => new PartitionLog(
            Path.Combine(TopicFolder(id), n.ToString(CultureInfo.InvariantCulture)),
            table.Get(StartKey(id, n)) is { } start ? BitConverter.ToInt64(start) : 0,
            TopicSettings.ToLog(settings),
            ground)),
    ];

    string TopicFolder(Guid id) => Path.Combine(logs, id.ToString("N"));

    bool IsTopics(string folder) => Guid.TryParseExact(Path.GetFileName(folder), "N", out var id) && byId.ContainsKey(id);

    static string StartKey(Guid id, int partition) => $"{StartPrefix}{id:N}/{partition}";

    // Kafka's ids are shown in base64; one that begins with '-' is taken for an option by its tools.
    static Guid NewId()
    {
        while (true)
        {
            var id = Guid.NewGuid();
            if (!Convert.ToBase64String(id.ToByteArray(bigEndian: true)).StartsWith('+'))
            {
                return id;
            }
        }
    }
}
