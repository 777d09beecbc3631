namespace AudienceSync.Local;

/// <summary>How a <see cref="PostgresServer"/> is started.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>Listen on a free port of 127.0.0.1 too, rather than on the socket alone.</summary>
    public bool ListensOnLoopback { get; init; }

    /// <summary>Of the user <c>postgres</c>; null to trust everyone.</summary>
    public string? Password { get; init; }

    /// <summary>Certificate and key as PEM, to speak TLS; null for none.</summary>
    public (string Certificate, string Key)? Tls { get; init; }

    /// <summary>Further settings, as <c>name=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];
}
