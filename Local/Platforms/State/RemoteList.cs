namespace AudienceSync.Local.Platforms.State;

/// <summary>A list, audience, segment, tag or cohort of a platform.</summary>
/// <param name="kind">What it is, where a platform has several kinds: only some may be written.</param>
internal sealed class RemoteList(string id, string name, string kind = "")
{
    public string Id { get; } = id;

    public string Name { get; } = name;

    public string Kind { get; } = kind;

    /// <summary>Ids of contacts, or what was sent of a member where the platform has no contacts (hashes, ids of ours).</summary>
    public SortedSet<string> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Facts of the platform's own: an external id, a status.</summary>
    public SortedDictionary<string, string> Facts { get; } = new(StringComparer.Ordinal);
}
