namespace AudienceSync.Benchmarks;

/// <summary>Places in the clone that this program was built from.</summary>
internal static class Repository
{
    /// <exception cref="BenchmarkException">The program was moved out of the clone.</exception>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AudienceSync.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new BenchmarkException($"No AudienceSync.slnx above {AppContext.BaseDirectory}: run from a clone of the repository.");
    }

    /// <summary>Where the results are that the README shows.</summary>
    public static string Results() => Directory.CreateDirectory(Path.Combine(Root(), "Benchmarks", "results")).FullName;
}
