namespace AudienceSync.Benchmarks.Commands;

/// <summary>A folder that goes when the command ends.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo _folder;

    /// <param name="within">Null: the system's temporary folder.</param>
    public ScratchFolder(DirectoryInfo? within) => _folder = within is null
        ? Directory.CreateTempSubdirectory("benchmarks-")
        : Directory.CreateDirectory(System.IO.Path.Combine(within.FullName, $"benchmarks-{Guid.NewGuid():N}"));

    public string Path => _folder.FullName;

    public string Of(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
