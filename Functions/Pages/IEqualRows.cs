namespace AudienceSync.Pages;

/// <summary>Is told of the rows that both sides of a merge join hold alike: the same key, the same row hash.</summary>
internal interface IEqualRows
{
    /// <summary>Whether no row that the left side holds like this page of the right side is of interest: they are not looked at one by one, and no byte but keys and row hashes is
    /// read; nor these, where two pages hold the same rows.</summary>
    bool AreSettled(PageReader right);

    /// <summary>So many rows of a page that is settled are alike on both sides.</summary>
    void AddSettled(PageReader right, int rows);

    /// <summary>Whether a row of a page that is not settled, alike on both sides, is to be listed among the differences all the same. Called once a row, in order: it must be quick.</summary>
    bool IsDifference(RowRef left, RowRef right);
}
