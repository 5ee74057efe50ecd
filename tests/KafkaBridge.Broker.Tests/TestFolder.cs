namespace KafkaBridge.Broker.Tests;

/// <summary>A folder that is gone afterwards.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kb-broker-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
