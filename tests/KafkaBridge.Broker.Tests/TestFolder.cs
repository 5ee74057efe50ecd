namespace KafkaBridge.Broker.Tests;

/// <summary>A folder that is gone afterwards.</summary>
sealed class TestFolder(string? within = null) : IDisposable
{
    const string Memory = "/dev/shm";

    public string Path { get; } = Directory.CreateDirectory(
        System.IO.Path.Combine(within ?? System.IO.Path.GetTempPath(), "kb-broker-test-" + Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>In memory where the system has that: for what measures time, and should not measure a disk that others use too.</summary>
    public static TestFolder InMemory() => new(Directory.Exists(Memory) ? Memory : null);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
