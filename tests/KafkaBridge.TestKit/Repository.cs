namespace KafkaBridge.TestKit;

/// <summary>Where the clone is that the tests run from.</summary>
public static class Repository
{
    /// <summary>The folder of KafkaBridge.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "KafkaBridge.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no KafkaBridge.sln above {AppContext.BaseDirectory}");
    }
}
