using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Packs operations into inbox pages.</summary>
internal static class InboxWriter
{
    /// <summary>Appends the operations, given in order of arrival, as one page, or as few as they fit.</summary>
    public static async Task AppendAsync(
        IProfileInbox inbox, MemberHasher hasher, IEnumerable<ProfileOperation> operations, CancellationToken cancellationToken)
    {
        var pages = Pack(hasher, operations);
        if (pages.Count > 0)
        {
            await inbox.AppendAsync(pages, cancellationToken);
        }
    }

    /// <summary>Sorts by (key, id); the sort is stable, so operations of one profile stay in order of arrival, across pages too.</summary>
    private static List<PackedPage> Pack(MemberHasher hasher, IEnumerable<ProfileOperation> operations)
    {
        var pages = new List<PackedPage>();
        var builder = new PageBuilder();
        foreach (var (key, operation) in operations
            .Select(operation => (Key: hasher.Key(operation.Id), Operation: operation))
            .OrderBy(pair => pair.Key)
            .ThenBy(pair => pair.Operation.Id, StringComparer.Ordinal))
        {
            var row = OperationRow.Write(operation);
            var hash = hasher.Row(row);
            if (!builder.TryAppend(key, hash, row))
            {
                pages.AddRange(builder.Seal(pages.Count));
                builder.TryAppend(key, hash, row);
            }
        }

        if (builder.RowCount > 0)
        {
            pages.AddRange(builder.Seal(pages.Count));
        }

        return pages;
    }
}
