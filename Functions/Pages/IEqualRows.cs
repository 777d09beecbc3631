namespace AudienceSync.Pages;

/// <summary>Is told of the rows that both sides of a merge join hold alike. Called once a row, in order: it must be quick.</summary>
internal interface IEqualRows
{
    /// <summary>A row that is the same on both sides: one key, one row hash.</summary>
    /// <returns>Whether it is to be listed among the differences all the same.</returns>
    bool IsDifference(PageReader left, int leftIndex, PageReader right, int rightIndex);

    /// <summary>Two pages that hold the same rows at the same places.</summary>
    /// <returns>True when none of them is to be listed: they are not looked at one by one, and no byte but the headers is read.</returns>
    bool AreEqual(PageReader left, PageReader right);
}
