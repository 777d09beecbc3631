using System.Globalization;

namespace AudienceSync.Local.Platforms.State;

/// <summary>The people of an account, found by any of their keys. Keys are compared in lower case where the platform does.</summary>
internal sealed class ContactBook
{
    private readonly Dictionary<string, Contact> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Kind, string Value), Contact> _byKey = [];
    private readonly Func<int, string> _newId;
    private readonly StringComparer _comparer;

    /// <param name="newId">The platform's id of the n-th person.</param>
    public ContactBook(Func<int, string>? newId = null, bool ignoresCase = true) =>
        (_newId, _comparer) = (newId ?? (static n => n.ToString(CultureInfo.InvariantCulture)), ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    public IEnumerable<Contact> All => _byId.Values;

    public int Count => _byId.Count;

    public Contact? Get(string? id) => id is not null ? _byId.GetValueOrDefault(id) : null;

    public Contact? Find(string kind, string? value) => value is { Length: > 0 } ? _byKey.GetValueOrDefault((kind, Fold(value))) : null;

    /// <summary>By id or by any key.</summary>
    public Contact? FindAny(string value) => Get(value) ?? _byId.Values.FirstOrDefault(contact => contact.Keys.Values.Any(key => _comparer.Equals(key, value)));

    public Contact Create(params ReadOnlySpan<(string Kind, string? Value)> keys)
    {
        var contact = new Contact(_newId(_byId.Count + 1));
        _byId.Add(contact.Id, contact);
        foreach (var (kind, value) in keys)
        {
            SetKey(contact, kind, value);
        }

        return contact;
    }

    /// <summary>The person with that key, made when there is none.</summary>
    public (Contact Contact, bool IsNew) Ensure(string kind, string value) => Find(kind, value) is { } found ? (found, false) : (Create((kind, value)), true);

    /// <summary>Gives a key; a null value leaves it as it is. A key of somebody else is taken from them: look before.</summary>
    public void SetKey(Contact contact, string kind, string? value)
    {
        if (value is null or "")
        {
            return;
        }

        if (contact.Keys.TryGetValue(kind, out var old))
        {
            _byKey.Remove((kind, Fold(old)));
        }

        contact.Keys[kind] = value;
        _byKey[(kind, Fold(value))] = contact;
    }

    private string Fold(string value) => ReferenceEquals(_comparer, StringComparer.OrdinalIgnoreCase) ? value.ToUpperInvariant() : value;
}
