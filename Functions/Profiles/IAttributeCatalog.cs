using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Which attributes profiles have, and of which types they came.</summary>
public interface IAttributeCatalog
{
    /// <summary>Each attribute's name with the types seen so far. Identifiers and <c>id</c> are not in it.</summary>
    Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken);
}
