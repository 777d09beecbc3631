using System.Globalization;

namespace AudienceSync.Config.Scratch;

/// <summary>Documents in memory, with a store's promises about keys and versions. For one rehearsal, so for one caller.</summary>
internal sealed class ScratchTable<T>(Func<T, string> id, Func<T, string> key, Func<T, string> version, Func<T, string, T> stamped)
    where T : class
{
    private readonly SortedDictionary<string, T> _byId = new(StringComparer.Ordinal);
    private int _writes;

    public IEnumerable<T> All => _byId.Values;

    /// <summary>Takes a document over as it is, its version included.</summary>
    public void Load(T document) => _byId[id(document)] = document;

    public T? Find(string documentId) => _byId.GetValueOrDefault(documentId);

    public T? FindByKey(string documentKey) => _byId.Values.FirstOrDefault(document => key(document) == documentKey);

    public Task<T?> TryCreateAsync(T document) => Task.FromResult(FindByKey(key(document)) is null ? Put(document) : null);

    public Task<T?> TryReplaceAsync(T document) => Task.FromResult(IsCurrent(document) ? Put(document) : null);

    public Task<bool> TryDeleteAsync(T document) => Task.FromResult(!_byId.ContainsKey(id(document)) || (IsCurrent(document) && _byId.Remove(id(document))));

    public IAsyncEnumerable<T> ListAsync() => All.ToList().ToAsyncEnumerable();

    private bool IsCurrent(T document) => Find(id(document)) is { } current && version(current) == version(document);

    private T Put(T document) => _byId[id(document)] = stamped(document, string.Create(CultureInfo.InvariantCulture, $"\"scratch-{++_writes}\""));
}
