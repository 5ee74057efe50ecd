using KafkaBridge.Changes;
using KafkaBridge.Copying;
using KafkaBridge.Gates;
using KafkaBridge.Kafka.Nodes;
using KafkaBridge.Kafka.Topics;
using KafkaBridge.Options;
using KafkaBridge.Postgres;

namespace KafkaBridge.Commands;

/// <summary>
/// Makes the cluster what the file says: topics, numbers, the bridge's schema, publications, slots. The order matters: a
/// slot stands before contents are compared, so that no change falls between. Running it again changes nothing.
/// </summary>
internal sealed class ApplyCommand(CommandContext context)
{
    readonly BridgeOptions options = context.Options;
    readonly List<string> done = [];

    /// <param name="copyFrom">Nodes without a slot get this one's rows first; null: all have them already.</param>
    /// <param name="jobs">How many pieces of tables are copied at once.</param>
    public async Task<int> RunAsync(bool yes, string? copyFrom, int jobs, CancellationToken ct)
    {
        if (!yes)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1005", "apply changes databases and topics and wants your word",
                tryThis: "kafkabridge plan shows what it would do; kafkabridge apply --yes does it");
        }

        await using var databases = await NodeDatabases.OpenAsync(options.Nodes, ct);
        await RequireAsync(databases, database => Preflight.ServerAsync(database, options.Nodes.Count, ct));
        var tables = await ReplicatedTables.ReadAsync(databases, options, ct);
        await RequireAsync(databases, database => Preflight.TablesAsync(database, tables.Names, ct));
        var settings = await Wiring.ReachKafkaAsync(options, context.Log, ct);
        var topics = Wiring.Topics(options);
        using var admin = settings.OpenAdmin(Wiring.ClientId(options, "apply"));
        await MakeTopicsAsync(admin, TopicPlan.First(topics, Wiring.TopicOptions(options)), ct);
        await using var membership = await Membership.OpenAsync(settings, topics, ct);
        PartitionsMustStay(membership.Config);
        var isNew = membership.Config is null;
        await using var filling = copyFrom is null ? null : await FillingAsync(databases, copyFrom, jobs, isNew, ct);
        if (!isNew)
        {
            // Rows get no versions by a copy: what runs already has to stand still for it, as the comparison below sees.
            foreach (var target in filling?.Targets ?? [])
            {
                done.Add(await filling!.FillAsync(target, tables, ct));
            }
        }

        var newcomers = Newcomers(membership);
        if (newcomers.Count > 0)
        {
            // Before it gets a number, which stays: a node that is known and never comes holds up the others' collection.
            await ContentComparison.RequireEqualAsync(databases, tables.All, newcomers, ct);
        }

        var claims = await ClaimAsync(databases, membership, ct);
        var nodes = membership.Nodes.Max(claim => claim.Number) + 1;
        await MakeTopicsAsync(
            admin, TopicPlan.Wanted(topics, tables.Names, nodes, options.PartitionsPerNode, Wiring.TopicOptions(options)), ct);
        var adopted = (membership.Config?.Tables ?? []).Select(TableName.Parse).ToHashSet();
        var created = new List<NodeDatabase>();
        try
        {
            // The source first: its log begins with the moment that is copied.
            foreach (var database in databases.OrderBy(database => database != filling?.Source))
            {
                if (isNew && filling?.Targets.Contains(database) == true)
                {
                    done.Add(await filling.FillAsync(database, tables, ct));
                }

                var copied = isNew && database == filling?.Source ? filling : null;
                await PrepareAsync(database, claims[database.Node.Name], tables, copied, created, ct);
            }

            if (!isNew || filling is null)
            {
                var unknown = created.Count > 0 ? tables.All : [.. tables.All.Where(table => !adopted.Contains(table.Name))];
                await ContentComparison.RequireEqualAsync(databases, unknown, newcomers, ct);
            }
        }
        catch
        {
            foreach (var database in created)
            {
                await DropAsync(database, options.SlotName(database.Node));
            }

            throw;
        }

        await PublishAsync(membership, tables, ct);
        Report();
        return ExitCode.Ok;
    }

    static async Task RequireAsync(NodeDatabases databases, Func<NodeDatabase, Task<IReadOnlyList<Finding>>> look)
    {
        var errors = new List<Finding>();
        foreach (var database in databases)
        {
            errors.AddRange((await look(database)).Where(finding => finding.IsError));
        }

        if (errors.Count > 0)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1030",
                string.Join(
                    '\n',
                    errors.Select(error => $"node {error.Where}: {error.Sentence}{(error.Remedy is null ? "" : " try: " + error.Remedy)}")),
                tryThis: "kafkabridge check shows everything that is missing");
        }
    }

    async Task MakeTopicsAsync(Confluent.Kafka.IAdminClient admin, IReadOnlyList<TopicSpec> wanted, CancellationToken ct)
    {
        var differences = await TopicPlan.CompareAsync(admin, wanted, ct);
        if (differences.Count > 0)
        {
            await TopicPlan.ApplyAsync(admin, differences, ct);
            done.AddRange(differences.Select(difference => difference.Sentence));
        }
    }

    void PartitionsMustStay(PublishedConfig? published)
    {
        if (published is not null && published.PerNode != options.PartitionsPerNode)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1022",
                $"partitions_per_node is {options.PartitionsPerNode} in the file, but the cluster was made with {published.PerNode}",
                options.File, "which node owns a partition follows from it, so it is fixed for the cluster",
                $"partitions_per_node: {published.PerNode}");
        }
    }

    /// <summary>Nodes of the file that join a cluster which was set up without them.</summary>
    IReadOnlyList<string> Newcomers(Membership membership) =>
        membership.Config is null ? [] : [.. options.Nodes.Select(node => node.Name).Except(membership.Nodes.Select(claim => claim.Name))];

    async Task<Dictionary<string, NodeClaim>> ClaimAsync(NodeDatabases databases, Membership membership, CancellationToken ct)
    {
        var claims = new Dictionary<string, NodeClaim>();
        foreach (var database in databases)
        {
            var identity = await database.IdentityAsync(ct);
            if (membership.Nodes.FirstOrDefault(claim => claim.Name != database.Node.Name
                && claim.SystemIdentifier == identity.SystemIdentifier && claim.DatabaseOid == identity.DatabaseOid) is { } other)
            {
                throw new StoppedException(
                    ExitCode.Precondition, "KB1023", $"the nodes {other.Name} and {database.Node.Name} are one database",
                    NodeDatabase.Where(database.Node), $"{other.Name} is number {other.Number} in the cluster with this very database",
                    "correct the dsn of one of them");
            }

            var isNew = membership.Nodes.All(claim => claim.Name != database.Node.Name);
            var claimed = await membership.ClaimAsync(database.Node.Name, identity.SystemIdentifier, identity.DatabaseOid, ct);
            claims[database.Node.Name] = claimed;
            if (isNew)
            {
                done.Add($"node {claimed.Name} has number {claimed.Number}");
            }
        }

        return claims;
    }

    async Task PrepareAsync(
        NodeDatabase database, NodeClaim claim, ReplicatedTables tables, Filling? copied, List<NodeDatabase> created,
        CancellationToken ct)
    {
        var name = database.Node.Name;
        var before = await database.AtAsync(connection => BridgeSchema.ReadAsync(connection, ct));
        var identity = new BridgeIdentity(options.Cluster, name, claim.Number, claim.SystemIdentifier, before?.Epoch ?? claim.Epoch);
        await database.AtAsync(connection => BridgeSchema.InstallAsync(connection, identity, ct));
        if (before is null)
        {
            done.Add($"node {name}: schema kafkabridge installed");
        }

        if (!await database.AtAsync(connection => RewriteTrigger.IsThereAsync(connection, ct)))
        {
            done.Add(await database.AtAsync(connection => RewriteTrigger.EnsureAsync(connection, ct))
                ? $"node {name}: event trigger for rewritten tables"
                : $"node {name}: a superuser has to run this once, or rewriting a table lets nodes diverge: {RewriteTrigger.Sql}");
        }

        var differences = await database.AtAsync(connection => Publication.CompareAsync(connection, tables.Keyed, tables.Keyless, ct));
        if (differences.Count > 0)
        {
            await database.AtAsync(connection => Publication.EnsureAsync(connection, tables.Keyed, tables.Keyless, ct));
            done.AddRange(differences.Select(difference => $"node {name}: put right: {difference}"));
        }

        var statements = await database.AtAsync(
            connection => HistoryTables.CompareAsync(connection, tables.WithHistory(options), tables.Restored(options), ct));
        await database.AtAsync(connection => HistoryTables.EnsureAsync(connection, statements, ct));
        done.AddRange(statements.Select(statement => $"node {name}: {statement}"));

        var slot = options.SlotName(database.Node);
        if (await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, slot, ct)) is { } state)
        {
            SlotGate.RequireUsable(database.Node, state, (await database.IdentityAsync(ct)).Database);
            return;
        }

        SlotGate.RequireNeverHad(database.Node, slot, await database.ScalarAsync<long>("SELECT count(*) FROM kafkabridge.position", ct));
        var lsn = copied is null
            ? await BeginLogAsync(database, slot, ct)
            : await copied.BeginAsync(tables.Names, soon => BeginLogAsync(database, slot, soon), () => DropAsync(database, slot), ct);
        created.Add(database);
        done.Add($"node {name}: slot {slot} begins at {lsn}");
    }

    /// <summary>What is older than the mark has ended when the slot begins: it is in no log.</summary>
    static async Task<Lsn> BeginLogAsync(NodeDatabase database, string slot, CancellationToken ct)
    {
        await database.ExecuteAsync(
            "UPDATE kafkabridge.node SET adopted_at = pg_catalog.clock_timestamp(), mark = pg_catalog.pg_current_xact_id()::xid", ct);
        return await database.AtAsync(connection => ReplicationSlot.CreateAsync(connection, slot, ct));
    }

    static Task DropAsync(NodeDatabase database, string slot) =>
        database.AtAsync(connection => ReplicationSlot.DropAsync(connection, slot, CancellationToken.None));

    /// <summary>To the nodes whose log has not begun: what is copied there is published by nobody.</summary>
    async Task<Filling> FillingAsync(NodeDatabases databases, string from, int jobs, bool isNew, CancellationToken ct)
    {
        var source = databases.Of(options.Node(from, "--copy-from"));
        var begun = new List<NodeDatabase>();
        foreach (var database in databases)
        {
            var slot = options.SlotName(database.Node);
            if (await database.AtAsync(connection => ReplicationSlot.InspectAsync(connection, slot, ct)) is not null)
            {
                begun.Add(database);
            }
        }

        List<NodeDatabase> targets = [.. databases.Where(database => database != source && !begun.Contains(database))];
        if (targets.Count == 0)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1038", $"there is no node to copy {from} to: all others have their slots already",
                why: "rows copied to them now would be published as new", tryThis: "apply without --copy-from");
        }

        if (isNew && begun.FirstOrDefault() is { } early)
        {
            throw new StoppedException(
                ExitCode.Precondition, "KB1039", $"the log of {early.Node.Name} has begun already, but the cluster is not set up",
                NodeDatabase.Where(early.Node), "an apply was broken off; a copy has to be of the moment when the log begins",
                $"kafkabridge destroy --node {early.Node.Name} --yes, then the same command again");
        }

        return new Filling(source, targets, jobs, context.Note);
    }

    async Task PublishAsync(Membership membership, ReplicatedTables tables, CancellationToken ct)
    {
        string[] names = [.. tables.Names.Select(TableName.Text)];
        if (membership.Config is { } now && now.Hash == options.Hash && now.Tables.SequenceEqual(names)
            && now.Functions.OrderBy(one => one.Key).SequenceEqual(tables.Functions.OrderBy(one => one.Key)))
        {
            return;
        }

        var config = new PublishedConfig((membership.Config?.Version ?? 0) + 1, options.Hash, names, options.PartitionsPerNode)
        {
            Functions = tables.Functions,
        };
        await membership.PublishConfigAsync(config, ct);
        done.Add($"configuration published as version {config.Version} with {names.Length} tables");
    }

    void Report()
    {
        if (context.Json)
        {
            context.WriteJson(new { schemaVersion = 1, cluster = options.Cluster, changes = done });
            return;
        }

        foreach (var line in done)
        {
            context.Output.WriteLine(line);
        }

        context.Output.WriteLine(
            done.Count == 0
                ? "nothing to do: the cluster is as the file says"
                : $"{done.Count} changes made; now start it: kafkabridge run -c {options.File}");
    }
}
