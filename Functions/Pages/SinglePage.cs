using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>One row as a page in memory: what looks at pages looks at it in the same way.</summary>
internal static class SinglePage
{
    public static PageReader Of(Row row)
    {
        var builder = new PageBuilder(maxRows: 1);
        builder.TryAppend(key: 0, rowHash: 0, row);
        return PageReader.Open(builder.Seal(0)[0], "of one profile");
    }
}
