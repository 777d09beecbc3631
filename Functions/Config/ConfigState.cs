using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>The configuration that is there, as a document would spell it.</summary>
internal sealed class ConfigState
{
    private readonly Dictionary<(ConfigKind, string), ConfigResource> _byKey;

    public ConfigState(IEnumerable<ConfigResource> resources, ImmutableArray<OwnedResource> owned, string secretsStamp)
    {
        All = [.. resources.OrderBy(resource => resource.Kind).ThenBy(resource => resource.Key, StringComparer.Ordinal)];
        _byKey = All.ToDictionary(resource => (resource.Kind, resource.Key));
        Owned = owned;
        SecretsStamp = secretsStamp;
    }

    /// <summary>By kind, then by key.</summary>
    public ImmutableArray<ConfigResource> All { get; }

    /// <summary>The destinations of campaigns and journeys, which are part of these.</summary>
    public ImmutableArray<OwnedResource> Owned { get; }

    /// <summary>Another one when any secret is: the document does not show them.</summary>
    public string SecretsStamp { get; }

    public ConfigResource? Find(ConfigKind kind, string key) => _byKey.GetValueOrDefault((kind, key));

    public IEnumerable<ConfigResource> Of(ConfigKind kind) => All.Where(resource => resource.Kind == kind);
}

/// <param name="ETag">Of the version that <paramref name="Document"/> shows.</param>
/// <param name="Document">As in a configuration document: with keys in place of ids, without secrets.</param>
internal sealed record ConfigResource(ConfigKind Kind, string Key, string Id, string Name, string ETag, JsonObject Document);

/// <summary>A destination of a campaign or a journey.</summary>
/// <param name="Owner">The kind of its owner.</param>
internal sealed record OwnedResource(string Key, string Id, string Name, ConfigKind Owner, string OwnerKey);
