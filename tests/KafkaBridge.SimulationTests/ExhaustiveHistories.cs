using KafkaBridge.SimulationTests.Model;
using Xunit.Abstractions;

namespace KafkaBridge.SimulationTests;

/// <summary>Every history of a few events: nothing is left to a generator's taste.</summary>
public sealed class ExhaustiveHistories(ITestOutputHelper output)
{
    static readonly LocalStatement[] Upsert = [new(LocalKind.Upsert)];
    static readonly LocalStatement[] Delete = [new(LocalKind.Delete)];
    static readonly LocalStatement[] Truncate = [new(LocalKind.Truncate)];
    static readonly LocalStatement[] DeleteThenInsert = [new(LocalKind.Delete), new(LocalKind.Upsert)];

    [Fact]
    public void One_key_two_nodes_six_events() => RunAll(
        depth: 6,
        node =>
        [
            new(EventKind.Commit, node, Statements: Upsert), new(EventKind.Commit, node, Statements: Delete), Exchange(node),
            Step(node, -2),
        ]);

    [Fact]
    public void One_key_two_nodes_five_events_of_every_kind() => RunAll(
        depth: 5,
        node =>
        [
            new(EventKind.Commit, node, Statements: Upsert), new(EventKind.Commit, node, Statements: Delete),
            new(EventKind.Commit, node, Statements: Truncate), new(EventKind.Commit, node, Statements: DeleteThenInsert),
            Exchange(node), new(EventKind.Deliver, node, node, 9), Step(node, -2), Step(node, 3),
        ]);

    [Fact]
    public void One_key_two_nodes_with_stalls_and_collection() => RunAll(
        depth: 5,
        node =>
        [
            new(EventKind.Commit, node, Statements: Upsert), new(EventKind.Commit, node, Statements: Delete),
            new(EventKind.Stall, node, Statements: Upsert), new(EventKind.Resume, node), Exchange(node), Promise(node),
        ]);

    public static TheoryData<int> Rules => [.. Enumerable.Range(0, SmallHistories.Rules.Count())];

    /// <summary>A million: <c>deploy/campaign.sh small rows</c>.</summary>
    [Fact]
    public void Two_keys_two_unique_values_three_writers_six_changes()
    {
        var small = new SmallHistories();
        small.RunRandom(changes: 6, first: 1, last: 10_000);
        Assert.Null(small.Failure);
    }

    /// <summary>Up to 5 changes: <c>deploy/campaign.sh small rows</c>. A long run goes on from the part where another ended.</summary>
    [Fact]
    public void Two_keys_two_unique_values_three_writers_three_changes_whole_and_in_parts()
    {
        var whole = Run(0, int.MaxValue);
        Assert.Equal((8_390, 41_776, 192), whole);
        var (first, second) = (Run(0, 70), Run(70, int.MaxValue));
        Assert.Equal(whole, (first.Count + second.Count, first.States + second.States - SharedStates, second.Parts));

        static (long Count, long States, int Parts) Run(int from, int to)
        {
            var small = new SmallHistories { From = from, To = to };
            small.RunAll(depth: 3);
            Assert.Null(small.Failure);
            return (small.Count, small.States, small.Parts);
        }
    }

    const long SharedStates = 6 * 3; // of histories of one change, with which every part begins

    /// <summary>More of them: <c>deploy/campaign.sh small rules</c>.</summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void Each_rule_that_needs_history_with_three_changes_of_a_key(int rule)
    {
        var small = new SmallHistories(Mutant.None, SmallHistories.Rules.ElementAt(rule), keys: 1);
        small.RunAll(depth: 3);
        small.RunRandom(changes: 6, first: 1, last: 1_000);
        output.WriteLine($"{SmallHistories.Rules.ElementAt(rule)}: {small.Count} histories and 1,000 of 6 changes");
        Assert.Null(small.Failure);
    }

    [Theory]
    [InlineData(Mutant.RawRowsReplaced)]
    [InlineData(Mutant.OwnImageNotRecognised)]
    [InlineData(Mutant.VectorIgnored)]
    [InlineData(Mutant.OldIsPresentRow)]
    public void Three_changes_tell_a_broken_rule_of_histories(object mutant)
    {
        var found = SmallHistories.Rules.Select(rules =>
        {
            var small = new SmallHistories((Mutant)mutant, rules, keys: 1);
            small.RunAll(depth: 3);
            return small.Failure;
        });
        Assert.Contains(found, failure => failure is not null);
    }

    [Theory]
    [InlineData(Mutant.FirstClaimStays)]
    [InlineData(Mutant.LocalReleaseNotSettled)]
    [InlineData(Mutant.HiddenIgnoredInDecisions)]
    public void Three_changes_tell_a_broken_rule_of_hidden_rows(object mutant)
    {
        var small = new SmallHistories((Mutant)mutant);
        small.RunAll(depth: 3);
        Assert.NotNull(small.Failure);
    }

    /// <summary>The node captures all it has, and the other applies it.</summary>
    static SimulatedEvent Exchange(int node) => new(EventKind.Deliver, 1 - node, node, Whole);

    /// <summary>Both promise, the node applies everything and collects.</summary>
    static SimulatedEvent Promise(int node) => new(EventKind.Collect, node, Amount: Whole);

    const int Whole = 99;

    static IEnumerable<SimulatedEvent> Expand(SimulatedEvent happening) => happening switch
    {
        { Kind: EventKind.Deliver, Amount: Whole } =>
            [new(EventKind.Capture, happening.Origin, Amount: Whole), happening],
        { Kind: EventKind.Collect, Amount: Whole, Node: var node } =>
        [
            new(EventKind.Flush, 0), new(EventKind.Heartbeat, 0), new(EventKind.Capture, 0, Amount: Whole),
            new(EventKind.Flush, 1), new(EventKind.Heartbeat, 1), new(EventKind.Capture, 1, Amount: Whole),
            new(EventKind.Deliver, node, 0, Whole), new(EventKind.Deliver, node, 1, Whole), happening,
        ],
        _ => [happening],
    };

    static SimulatedEvent Step(int node, int ticks) => new(EventKind.ClockSteps, node, Amount: ticks * 1000);

    void RunAll(int depth, Func<int, SimulatedEvent[]> choicesOf)
    {
        SimulatedEvent[] choices = [.. choicesOf(0), .. choicesOf(1)];
        var picked = new int[depth];
        var histories = 0;
        do
        {
            var history = new History([100_000, 100_000], Keys: 1, Slack: 0, [.. picked.SelectMany(choice => Expand(choices[choice]))]);
            var outcome = Simulation.Run(history);
            Assert.True(outcome.Failure is null, $"{string.Join(" | ", history.Events)}: {outcome.Failure}");
            histories++;
        }
        while (Next(picked, choices.Length));
        output.WriteLine($"{histories} histories");
    }

    static bool Next(int[] picked, int choices)
    {
        for (var place = 0; place < picked.Length; place++)
        {
            if (++picked[place] < choices)
            {
                return true;
            }

            picked[place] = 0;
        }

        return false;
    }
}
