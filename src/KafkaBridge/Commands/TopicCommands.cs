using KafkaBridge.Kafka.Topics;

namespace KafkaBridge.Commands;

/// <summary><c>topic plan</c> and <c>topic apply</c>.</summary>
internal sealed class TopicCommands(CommandContext context)
{
    public async Task<int> PlanAsync(CancellationToken ct)
    {
        var differences = await ReadAsync(ct);
        if (context.Json)
        {
            context.WriteJson(new
            {
                schemaVersion = 1,
                differences = differences.Select(difference => new
                {
                    topic = difference.Topic.Name,
                    kind = difference.Kind.ToString(),
                    sentence = difference.Sentence,
                    canBeApplied = difference.CanBeApplied,
                }),
            });
        }
        else
        {
            foreach (var difference in differences)
            {
                context.Output.WriteLine(difference.Sentence);
            }

            if (differences.Count == 0)
            {
                context.Output.WriteLine("the topics are as they should be");
            }
        }

        return differences.All(difference => difference.CanBeApplied) ? ExitCode.Ok : ExitCode.Precondition;
    }

    public async Task<int> ApplyAsync(bool yes, CancellationToken ct)
    {
        if (!yes)
        {
            throw new StoppedException(
                ExitCode.Usage, "KB1005", "topic apply changes topics and wants your word",
                tryThis: "kafkabridge topic plan, then kafkabridge topic apply --yes");
        }

        var differences = await ReadAsync(ct);
        var settings = await Wiring.ReachKafkaAsync(context.Options, context.Log, ct);
        using var admin = settings.OpenAdmin(Wiring.ClientId(context.Options, "topics"));
        await TopicPlan.ApplyAsync(admin, differences, ct);
        foreach (var difference in differences)
        {
            context.Output.WriteLine(difference.Sentence);
        }

        context.Output.WriteLine(
            differences.Count == 0 ? "nothing to do: the topics are as they should be" : $"{differences.Count} changes made");
        return ExitCode.Ok;
    }

    async Task<IReadOnlyList<TopicDifference>> ReadAsync(CancellationToken ct)
    {
        await using var databases = await NodeDatabases.OpenAsync(context.Options.Nodes, ct);
        var (tables, _) = await ReplicatedTables.CompareAsync(databases, context.Options, ct);
        return await TopicDifferences.ReadAsync(context, tables.Names, ct);
    }
}
