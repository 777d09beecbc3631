using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms.State;

/// <summary>A person as a platform knows them.</summary>
internal sealed class Contact(string id)
{
    public string Id { get; } = id;

    /// <summary>By what they are found: <c>email</c>, <c>external_id</c>, <c>phone</c>. Changed through <see cref="ContactBook"/> only.</summary>
    public SortedDictionary<string, string> Keys { get; } = new(StringComparer.Ordinal);

    public JsonObject Attributes { get; } = [];

    public SortedSet<string> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether they may be written to, in the platform's own word; empty where nothing was ever said.</summary>
    public string Subscription { get; set; } = "";

    /// <summary>How often something about them was written.</summary>
    public int Writes { get; set; }

    public string? Key(string kind) => Keys.GetValueOrDefault(kind);

    /// <summary>Sets attributes; null takes one away.</summary>
    public void Merge(IEnumerable<KeyValuePair<string, JsonNode?>> attributes)
    {
        Writes++;
        foreach (var (name, value) in attributes)
        {
            if (value is null)
            {
                Attributes.Remove(name);
            }
            else
            {
                Attributes[name] = value.DeepClone();
            }
        }
    }
}
