using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AudienceSync.Profiles.Imports;

public enum ImportStatus
{
    [JsonStringEnumMemberName("running")]
    Running,

    [JsonStringEnumMemberName("succeeded")]
    Succeeded,

    /// <summary>The file could not be read to its end. What was accepted before stays accepted.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <summary>One file of profiles, and what became of its lines.</summary>
/// <param name="Read">Lines with data: the header and blank lines are not counted.</param>
/// <param name="Rejections">The first 100; where the file failed, its cause is the last.</param>
public sealed record Import(
    string Id,
    ImportStatus Status,
    long Read,
    long Accepted,
    long Rejected,
    ImmutableArray<ImportRejection> Rejections,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt = null);

/// <param name="Line">Physical line of the file, from 1; where a record spans several, its first.</param>
public sealed record ImportRejection(long Line, string Code, string Detail);

/// <summary>Keeps what became of imports.</summary>
public interface IImportStore
{
    /// <summary>Writes the import whatever was there.</summary>
    Task SaveAsync(Import import, CancellationToken cancellationToken);

    Task<Import?> ReadAsync(string id, CancellationToken cancellationToken);

    IAsyncEnumerable<Import> ListAsync(CancellationToken cancellationToken);
}
