using System.Xml.Linq;
using KafkaBridge.TestKit;

namespace KafkaBridge.RepositoryTests;

/// <summary>References point up the table of DESIGN only: capture can't call apply, the conflict rule can't reach a database.</summary>
public sealed class ProjectReferences
{
    [Theory]
    [InlineData("KafkaBridge.Changes")]
    [InlineData("KafkaBridge.Broker")]
    [InlineData("KafkaBridge.Wire", "KafkaBridge.Changes")]
    [InlineData("KafkaBridge.Kafka", "KafkaBridge.Wire")]
    [InlineData("KafkaBridge.Postgres", "KafkaBridge.Changes")]
    [InlineData("KafkaBridge.Capture", "KafkaBridge.Kafka", "KafkaBridge.Postgres")]
    [InlineData("KafkaBridge.Apply", "KafkaBridge.Kafka", "KafkaBridge.Postgres")]
    public void Each_project_references_what_it_may(string project, params string[] allowed)
    {
        var file = XDocument.Load(Repository.Path("src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
        Assert.Empty(references.Except(allowed));
    }
}
