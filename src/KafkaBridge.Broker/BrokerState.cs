using System.Text;
using KafkaBridge.Broker.Groups;
using KafkaBridge.Broker.Log;
using KafkaBridge.Broker.Protocol;
using KafkaBridge.Broker.Security;
using KafkaBridge.Broker.Storage;
using KafkaBridge.Broker.Topics;
using KafkaBridge.Broker.Transactions;

namespace KafkaBridge.Broker;

/// <summary>
/// What a broker is, without its listener: topics, groups, and the numbers it hands out. Everything of it is in one folder.
/// </summary>
sealed class BrokerState : IDisposable
{
    /// <summary>The only node.</summary>
    public const int NodeId = 1;

    /// <summary>The only leader never changes, and what was shown is never taken back: so there is one epoch.</summary>
    public const int LeaderEpoch = 0;

    const int DiskThreadCount = 4;

    readonly FileStream ownership;
    readonly DiskThreads disk = new(DiskThreadCount);
    readonly KeyedLog numbers;

    /// <exception cref="IOException">Another broker uses the folder, or it can't be used.</exception>
    public BrokerState(BrokerOptions options)
    {
        Options = options;
        Directory.CreateDirectory(options.DataFolder);
        ownership = Own(Path.Combine(options.DataFolder, "lock"));
        var ground = new LogGround(disk, options.Faults, options.Flush, options.Time, options.Report);
        numbers = KeyedLog.Open(Path.Combine(options.DataFolder, "numbers.log"), disk, options.Faults);
        ClusterId = ReadClusterId();
        ProducerIds = new ProducerIds(numbers);
        Topics = new TopicTable(options.DataFolder, ground);
        Offsets = new CommittedOffsets(KeyedLog.Open(Path.Combine(options.DataFolder, "offsets.log"), disk, options.Faults), options.Time);
        Transactions = new TransactionCoordinator(
            KeyedLog.Open(Path.Combine(options.DataFolder, "transactions.log"), disk, options.Faults), Topics, ProducerIds, options.Time);
        DurableFiles.SyncFolder(options.DataFolder);
        Users = new UserTable(options.Users, options.Certificate is not null);
        Groups = new ConsumerGroups(options, Offsets);
    }

    public BrokerOptions Options { get; }

    public string ClusterId { get; }

    public ProducerIds ProducerIds { get; }

    public TopicTable Topics { get; }

    public CommittedOffsets Offsets { get; }

    public ConsumerGroups Groups { get; }

    public TransactionCoordinator Transactions { get; }

    public UserTable Users { get; }

    public FetchSessions FetchSessions { get; } = new();

    /// <summary>Where clients are told to connect; known when the listener is.</summary>
    public (string Host, int Port) Advertised { get; set; }

    /// <summary>The partition, for a client that believes its leader to be in this epoch; or why it can't be had.</summary>
    public (PartitionLog? Log, ErrorCode Error) Lead(Topic? topic, int partition, int epoch) =>
        topic?.Partition(partition) is not { } log ? (null, ErrorCode.UnknownTopicOrPartition)
        : epoch > LeaderEpoch ? (null, ErrorCode.UnknownLeaderEpoch)
        : (log, ErrorCode.None);

    public void Dispose()
    {
        Topics.Dispose();
        disk.Dispose();
        Offsets.Dispose();
        Transactions.Dispose();
        ProducerIds.Dispose();
        numbers.Dispose();
        ownership.Dispose();
    }

    static FileStream Own(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"{Path.GetDirectoryName(path)} is in use by another broker, or can't be written: {exception.Message}",
                exception);
        }
    }

    string ReadClusterId()
    {
        const string key = "cluster-id";
        if (numbers.Get(key) is { } known)
        {
            return Encoding.UTF8.GetString(known);
        }

        var id = Convert.ToBase64String(Guid.NewGuid().ToByteArray())[..22].Replace('+', 'a').Replace('/', 'b');
        numbers.PutAsync(key, Encoding.UTF8.GetBytes(id)).GetAwaiter().GetResult();
        return id;
    }
}
