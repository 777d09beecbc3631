using AudienceSync.Values;

namespace AudienceSync.Config;

/// <summary>One writing of a document, rehearsed or real.</summary>
/// <param name="Before">What there was when it began: nothing that has changed since is overwritten.</param>
internal sealed record ConfigRun(ConfigTarget Target, ConfigState Before, ConfigDocument Document, bool IsRehearsal)
{
    public ConfigIds Ids { get; } = new(Before);

    /// <summary>Secrets that get another value: connection and name.</summary>
    public HashSet<(string Key, string Name)> ChangedSecrets { get; } = [];

    /// <summary>A rehearsal has the copy for itself, and may try a step again that was half done.</summary>
    public string IfMatch(string etag) => IsRehearsal ? ETags.Any : etag;
}
