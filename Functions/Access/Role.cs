namespace AudienceSync.Access;

/// <summary>What a caller may do. Each of the first four includes those before it; <see cref="Ingest"/> stands apart, and only <see cref="Admin"/> includes it.</summary>
public enum Role
{
    /// <summary>Reads; identifiers of people are masked.</summary>
    Viewer = 1,

    /// <summary>Also sync now, cancel, retry, enable, disable, test events.</summary>
    Operator = 2,

    /// <summary>Also segments and destinations; sees identifiers.</summary>
    Editor = 3,

    /// <summary>Also connections, API keys, erasure.</summary>
    Admin = 4,

    /// <summary>Only profile batches and imports.</summary>
    Ingest = 5,
}
