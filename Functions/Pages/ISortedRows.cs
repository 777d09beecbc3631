namespace AudienceSync.Pages;

/// <summary>Rows in order of (key, id), as a merge join takes them: those of one page, or of several pages put in order. Disposed of with their pages.</summary>
internal interface ISortedRows : IDisposable
{
    /// <summary>Names them in errors.</summary>
    string Name { get; }

    int Count { get; }

    /// <summary>First and last key.</summary>
    KeyRange Range { get; }

    /// <summary>Ascending; equal keys stand together.</summary>
    /// <exception cref="DamagedPageException"/>
    ReadOnlySpan<ulong> Keys { get; }

    /// <exception cref="DamagedPageException"/>
    ReadOnlySpan<ulong> RowHashes { get; }

    RowRef this[int index] { get; }

    /// <summary>The pages that the rows are in.</summary>
    IReadOnlyList<PageReader> Pages { get; }
}
