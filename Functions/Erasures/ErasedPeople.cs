using System.Collections.Frozen;
using System.Collections.Immutable;
using AudienceSync.Pages;

namespace AudienceSync.Erasures;

/// <summary>An open erasure with the person it is about.</summary>
public sealed record ErasedPerson(Erasure Erasure, PersonRecord Record)
{
    public string Id => Record.Id;

    public ulong Key => Erasure.Key;
}

/// <summary>The people that a search looks for.</summary>
public sealed class ErasedPeople
{
    private readonly FrozenDictionary<ulong, ImmutableArray<ErasedPerson>> _byKey;
    private readonly Lazy<PersonWords> _words;

    public ErasedPeople(IEnumerable<ErasedPerson> people)
    {
        All = [.. people];
        _byKey = All.GroupBy(person => person.Key).ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray());
        _words = new(() => new(All.SelectMany(person => person.Record.Words)));
    }

    public ImmutableArray<ErasedPerson> All { get; }

    public bool IsEmpty => All.IsEmpty;

    /// <summary>From the first key to the last. Not of nobody.</summary>
    public KeyRange Range => new(_byKey.Keys.Min(), _byKey.Keys.Max());

    /// <summary>Of all of them.</summary>
    public PersonWords Words => _words.Value;

    /// <summary>Who has that key; several may.</summary>
    public ImmutableArray<ErasedPerson> Of(ulong key) => _byKey.GetValueOrDefault(key, []);

    /// <summary>Those whose keys lie in a shard.</summary>
    public ErasedPeople In(KeyRange range) => new(All.Where(person => range.Contains(person.Key)));

    public ErasedPeople Where(Func<ErasedPerson, bool> holds) => new(All.Where(holds));
}
