namespace AudienceSync.Config;

/// <summary>What keys stand for at this moment: connections and segments come and go while a document is written.</summary>
internal sealed class ConfigIds
{
    private readonly Dictionary<(ConfigKind Kind, string Key), string> _ids = [];

    public ConfigIds(ConfigState state)
    {
        foreach (var resource in state.All)
        {
            _ids[(resource.Kind, resource.Key)] = resource.Id;
        }
    }

    /// <param name="name">A key. An id is taken too, where no key is spelt like it.</param>
    public string? Find(ConfigKind kind, string name) =>
        _ids.TryGetValue((kind, name), out var id) ? id : _ids.Any(entry => entry.Key.Kind == kind && entry.Value == name) ? name : null;

    public void Set(ConfigKind kind, string key, string id) => _ids[(kind, key)] = id;

    public void Remove(ConfigKind kind, string key) => _ids.Remove((kind, key));

    /// <summary>The keys of a kind.</summary>
    public IEnumerable<string> KeysOf(ConfigKind kind) => _ids.Keys.Where(entry => entry.Kind == kind).Select(entry => entry.Key);
}
