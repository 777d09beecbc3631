namespace AudienceSync.Local;

/// <summary>How an <see cref="AzuriteServer"/> is started.</summary>
public sealed record AzuriteOptions
{
    /// <summary>Where the data is kept, also after the server ended; null: a temporary folder that goes with the server.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Keep everything in memory: fast, for tests. Not together with <see cref="DataFolder"/>.</summary>
    public bool InMemory { get; init; }

    /// <summary>How many storage accounts there are besides <c>devstoreaccount1</c>: each has tables, queues and blobs of its own. Default 0.</summary>
    public int ExtraAccounts { get; init; }

    /// <summary>Where Azurite is installed; null: the folder <c>.azurite</c> at the root of the repository.</summary>
    public string? InstallFolder { get; init; }

    /// <summary>Told, in a few words, what takes time: the first start downloads Azurite.</summary>
    public Action<string>? Report { get; init; }
}
