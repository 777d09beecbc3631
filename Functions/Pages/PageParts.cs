namespace AudienceSync.Pages;

/// <summary>Which parts of a page to read.</summary>
public enum PageParts
{
    Whole,

    /// <summary>Header, keys and row hashes.</summary>
    KeysAndHashes,
}
