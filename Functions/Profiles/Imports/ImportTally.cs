using System.Collections.Immutable;
using AudienceSync.Faults;

namespace AudienceSync.Profiles.Imports;

/// <summary>Counts what became of the lines of one file.</summary>
internal sealed class ImportTally
{
    /// <summary>Most rejections kept.</summary>
    public const int MaxRejections = 100;

    private readonly ImmutableArray<ImportRejection>.Builder _rejections = ImmutableArray.CreateBuilder<ImportRejection>();

    public long Accepted { get; private set; }

    public long Rejected { get; private set; }

    /// <summary>Why the file could not be read to its end; not one of its lines.</summary>
    public ImportRejection? Failure { get; private set; }

    public void Accept(int lines) => Accepted += lines;

    public void Reject(long line, Fault fault)
    {
        Rejected++;
        if (_rejections.Count < MaxRejections)
        {
            _rejections.Add(new(line, fault.Code, fault.Detail));
        }
    }

    public void Fail(long line, string code, string detail) => Failure = new(line, code, detail);

    /// <summary>Rejections in order of lines: those found at the door and those found at the catalogue come apart. A failure takes the last place.</summary>
    public ImmutableArray<ImportRejection> Rejections() =>
        [.. _rejections.OrderBy(rejection => rejection.Line).Take(MaxRejections - (Failure is null ? 0 : 1)), .. Failure is null ? (ImportRejection[])[] : [Failure]];
}
