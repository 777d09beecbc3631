namespace AudienceSync.Pages;

/// <summary>A stored page is missing, damaged, out of order or of an unknown format version; the message names the page.</summary>
public sealed class DamagedPageException(string message) : Exception(message)
{
    /// <param name="page">Names the page, as given to <see cref="PageReader.Open(PackedPage, string)"/>.</param>
    /// <param name="what">What is wrong: the rest of a sentence that begins with the page.</param>
    internal static DamagedPageException Of(string page, string what) => new($"Page {page} {what}.");
}
