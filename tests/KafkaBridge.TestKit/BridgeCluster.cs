using System.Globalization;
using System.Text;

namespace KafkaBridge.TestKit;

/// <summary>Servers, databases and a configuration file for a cluster of bridges: what a user has, with fresh names each time.</summary>
public sealed class BridgeCluster : IAsyncDisposable
{
    public const string Database = "shop";

    static readonly TimeSpan CommandDeadline = TimeSpan.FromMinutes(6);
    static readonly string[] NodeNames = ["eu", "us", "ap", "sa", "af"];

    readonly List<PostgresServer> servers = [];
    readonly List<string> lines = ["registry: embedded", "admin_port: 0", "tables: [\"public.*\"]"];
    readonly string directory = Directory.CreateTempSubdirectory("kafkabridge-cluster-").FullName;

    readonly string ddl;

    BridgeCluster(string name, string bootstrapServers, string ddl)
    {
        Name = name;
        BootstrapServers = bootstrapServers;
        this.ddl = ddl;
    }

    public string Name { get; }
    public string BootstrapServers { get; }
    public IReadOnlyList<PostgresServer> Servers => servers;
    public string ConfigFile => Path.Combine(directory, "kafkabridge.yaml");

    /// <param name="versions">A PostgreSQL major version per node, in the order eu, us, ap, sa, af.</param>
    /// <param name="ddl">Run in every node's empty database before anything else.</param>
    public static Task<BridgeCluster> StartAsync(string bootstrapServers, string ddl, params int[] versions) =>
        StartAsync(bootstrapServers, ddl, versions, []);

    /// <param name="settings">Lines of every server's postgresql.conf.</param>
    public static async Task<BridgeCluster> StartAsync(string bootstrapServers, string ddl, int[] versions, IReadOnlyList<string> settings)
    {
        var name = "t" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..10];
        var cluster = new BridgeCluster(name, bootstrapServers, ddl);
        await cluster.AddNodesAsync(versions, settings);
        return cluster;
    }

    /// <summary>A server with the tables of the others, and its line in the file; nothing is applied.</summary>
    public Task AddNodeAsync(int version) => AddNodesAsync([version], []);

    async Task AddNodesAsync(int[] versions, IReadOnlyList<string> settings)
    {
        var starting = Array.ConvertAll(versions, version => PostgresServer.StartAsync(version, [.. settings]));
        try
        {
            servers.AddRange(await Task.WhenAll(starting));
        }
        catch
        {
            foreach (var started in starting.Where(one => one.IsCompletedSuccessfully))
            {
                await (await started).DisposeAsync();
            }

            throw;
        }

        await Task.WhenAll(servers.TakeLast(versions.Length).Select(async server =>
        {
            await server.CreateDatabaseAsync(Database);
            await server.ExecuteAsync(Database, ddl);
        }));
        await File.WriteAllTextAsync(ConfigFile, Configuration());
    }

    /// <summary>Adds a line to the configuration file, in place of one with the same key.</summary>
    public Task ConfigureAsync(string line)
    {
        lines.RemoveAll(one => one.Split(':')[0] == line.Split(':')[0]);
        lines.Add(line);
        return File.WriteAllTextAsync(ConfigFile, Configuration());
    }

    public static string NodeName(int node) => NodeNames[node];

    /// <summary>Runs one command on the cluster's file and fails with its output unless it exits 0.</summary>
    public async Task<string> CommandAsync(params string[] arguments)
    {
        await using var command = BridgeProcess.Start([.. arguments, "-c", ConfigFile]);
        var exitCode = await command.WaitAsync(CommandDeadline);
        return exitCode == 0
            ? command.Output
            : throw new InvalidOperationException(
                $"kafkabridge {string.Join(' ', arguments)} exited {exitCode}:\n{command.Output}\n{command.Error}");
    }

    /// <summary>Starts the bridge of one node, or of all in one process where no node is given.</summary>
    public BridgeProcess Run(int? node = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        List<string> arguments = ["run", "-c", ConfigFile];
        if (node is { } one)
        {
            arguments.AddRange(["--node", NodeName(one)]);
        }

        return BridgeProcess.Start(arguments, environment);
    }

    public Task WaitCaughtUpAsync(int seconds = 60) =>
        CommandAsync("wait", "--caught-up", "--timeout", seconds.ToString(CultureInfo.InvariantCulture));

    /// <summary>Count and checksum of one table, alike on nodes whose content is equal.</summary>
    public Task<string> ChecksumAsync(int node, string table) =>
        servers[node].ScalarAsync<string>(
            Database, $"SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {table} t")!;

    /// <exception cref="InvalidOperationException">A table's content is not the same on all nodes.</exception>
    public async Task RequireEqualAsync(params string[] tables)
    {
        foreach (var table in tables)
        {
            var first = await ChecksumAsync(0, table);
            for (var node = 1; node < servers.Count; node++)
            {
                var here = await ChecksumAsync(node, table);
                if (first != here)
                {
                    throw new InvalidOperationException(
                        $"{table} differs: {NodeName(0)} has {first}, {NodeName(node)} has {here}");
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
        Directory.Delete(directory, recursive: true);
    }

    string Configuration()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"cluster: {Name}");
        text.AppendLine(CultureInfo.InvariantCulture, $"kafka: {{ bootstrap.servers: \"{BootstrapServers}\" }}");
        text.AppendLine("nodes:");
        for (var node = 0; node < servers.Count; node++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {NodeName(node)}: {{ dsn: \"{servers[node].Uri(Database)}\" }}");
        }

        lines.ForEach(line => text.AppendLine(line));
        return text.ToString();
    }
}
