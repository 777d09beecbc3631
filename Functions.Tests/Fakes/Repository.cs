using System.Runtime.CompilerServices;

namespace AudienceSync.Fakes;

/// <summary>Files of the repository that tests hold true: documentation.</summary>
internal static class Repository
{
    private static readonly string Root = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts)).ReplaceLineEndings("\n");

    private static string Find([CallerFilePath] string here = "")
    {
        // The folder of the build, or, where that is elsewhere, of the source.
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "AudienceSync.slnx")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("The repository is not above the tests.");
    }
}
