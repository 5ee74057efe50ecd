using Xunit.Abstractions;

[assembly: TestCollectionOrderer("KafkaBridge.IntegrationTests.LongestFirst", "KafkaBridge.IntegrationTests")]

namespace KafkaBridge.IntegrationTests;

/// <summary>Classes that take minutes begin first: begun last, one ran alone at the end for as long.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    static readonly string[] Minutes =
    [
        nameof(OutagesUnderLoad), nameof(CampaignsInSmall), nameof(SqlFunctionTests), nameof(ConflictRulesTests), nameof(MissingParents),
        nameof(ConflictHistoryTests), nameof(HaltTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderByDescending(one => Minutes.Contains(one.DisplayName.Split('.')[^1]));
}
