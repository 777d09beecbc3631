namespace AudienceSync.Pages;

/// <summary>The parts of a page beside its header.</summary>
public enum PagePart
{
    Keys,
    Hashes,
    Body,
}

/// <summary>Where a page reads its parts from, when they are asked for; several threads may ask. Disposed of with the page.</summary>
public interface IPageBytes : IDisposable
{
    /// <summary>Bytes of a part; fewer when it ends before. Valid until the page is disposed of.</summary>
    ReadOnlyMemory<byte> Read(PagePart part, int offset, int length);
}
