using System.Net.Http.Headers;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Pages;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Profiles.Imports;

/// <summary>Streams files of profiles into the inbox, a few thousand lines at a time, while the request runs.</summary>
public sealed partial class ProfileImports(
    IProfileInbox inbox, AttributeCatalog catalog, IImportStore imports, MemberHasher hasher, TimeProvider time, ILogger<ProfileImports> logger)
{
    /// <summary>Most bytes of a file; ours, below the 30,000,000 at which the web server itself would cut the request off.</summary>
    public const long MaxBytes = 28_000_000;

    /// <summary>A file still "running" after this long is of a process that ended: a request runs 10 minutes at most (host.json).</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromMinutes(15);

    private const int LinesPerAppend = 5_000;
    private const int BytesPerAppend = 4 * 1024 * 1024;

    /// <summary>Takes the file in the body. What is taken before a fault of the file stays taken.</summary>
    public async Task<Result<Import>> RunAsync(ImportRequest request, Stream body, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        if (request.ContentLength > MaxBytes)
        {
            return TooLarge();
        }

        var opened = Open(request, new BoundedStream(body, MaxBytes), start, cancellationToken);
        if (opened is Result<IAsyncEnumerable<ImportLine>>.Ok(var lines))
        {
            var import = new Import(NewId.Create("imp", time), ImportStatus.Running, 0, 0, 0, [], start);
            await imports.SaveAsync(import, cancellationToken);
            return await RunAsync(import, lines, cancellationToken);
        }

        return opened.Match<Result<Import>>(_ => throw new InvalidOperationException(), refusal => refusal);
    }

    public async Task<Result<Import>> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var import = await imports.ReadAsync(id, cancellationToken);
        return import switch
        {
            null => Refusal.NotFound("import", id),
            { Status: ImportStatus.Running } when import.StartedAt + Lost < time.GetUtcNow() => import with
            {
                Status = ImportStatus.Failed,
                Rejections = [.. import.Rejections, new(1, "interrupted", "The import was interrupted. Send the file again: lines taken twice do no harm.")],
            },
            _ => import,
        };
    }

    private static Result<IAsyncEnumerable<ImportLine>> Open(ImportRequest request, Stream body, DateTimeOffset arrival, CancellationToken cancellationToken)
    {
        var mediaType = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type.MediaType?.ToLowerInvariant() : null;
        if (mediaType is "application/json")
        {
            return new Refusal(RefusalKind.Invalid, "not_supported", "The file itself must be the body", "Imports from a blob or a URL are not taken yet. Send the file as text/csv or application/x-ndjson.")
            {
                Faults = [new("/source", "not_supported", "Send the file itself as the body.")],
            };
        }

        if (mediaType is not ("text/csv" or "application/x-ndjson"))
        {
            return new Refusal(RefusalKind.UnsupportedMediaType, "unsupported_media_type", "The content type is not taken here", "Send text/csv or application/x-ndjson.");
        }

        if (request.Separator is { } separator && !(separator.Length == 1 && separator[0] is ',' or ';' or '\t' or '|'))
        {
            return Refusal.Invalid([new("/separator", "invalid_separator", "The separator of a CSV file is a comma, a semicolon, a tab (%09) or a vertical bar.")]);
        }

        return ImportColumns.Read(request).Match<Result<IAsyncEnumerable<ImportLine>>>(
            columns => new Result<IAsyncEnumerable<ImportLine>>.Ok(mediaType is "text/csv"
                ? CsvLines.ReadAsync(body, columns, request.Separator is { } text ? text[0] : ',', arrival, cancellationToken)
                : NdjsonLines.ReadAsync(body, columns, arrival, cancellationToken)),
            refusal => refusal);
    }

    private async Task<Result<Import>> RunAsync(Import import, IAsyncEnumerable<ImportLine> lines, CancellationToken cancellationToken)
    {
        var tally = new ImportTally();
        var tooLarge = false;
        try
        {
            await TakeAsync(lines, tally, cancellationToken);
        }
        catch (ImportTooLargeException)
        {
            tooLarge = true;
            tally.Fail(tally.Accepted + tally.Rejected + 1, "too_large", $"The file is larger than {MaxBytes:N0} bytes. Split it; lines taken twice do no harm.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            tally.Fail(tally.Accepted + tally.Rejected + 1, "interrupted", "The request was cut off. Send the file again: lines taken twice do no harm.");
            await SaveAsync(import, tally, CancellationToken.None);
            throw;
        }

        var finished = await SaveAsync(import, tally, cancellationToken);
        LogImported(logger, finished.Id, finished.Status, finished.Accepted, finished.Rejected);
        return tooLarge ? TooLarge() : finished;
    }

    private async Task<Import> SaveAsync(Import import, ImportTally tally, CancellationToken cancellationToken)
    {
        var finished = import with
        {
            Status = tally.Failure is null ? ImportStatus.Succeeded : ImportStatus.Failed,
            Read = tally.Accepted + tally.Rejected,
            Accepted = tally.Accepted,
            Rejected = tally.Rejected,
            Rejections = tally.Rejections(),
            FinishedAt = time.GetUtcNow(),
        };
        await imports.SaveAsync(finished, cancellationToken);
        return finished;
    }

    private async Task TakeAsync(IAsyncEnumerable<ImportLine> lines, ImportTally tally, CancellationToken cancellationToken)
    {
        var waiting = new List<ImportLine>();
        var bytes = 0L;
        await foreach (var line in lines.WithCancellation(cancellationToken))
        {
            if (line.EndsFile)
            {
                tally.Fail(line.Line, line.Fault!.Code, line.Fault.Detail);
            }
            else if (line.Operation is null)
            {
                tally.Reject(line.Line, line.Fault!);
            }
            else
            {
                waiting.Add(line);
                bytes += ProfileSize.Of(line.Operation);
                if (waiting.Count == LinesPerAppend || bytes >= BytesPerAppend)
                {
                    await AppendAsync(waiting, tally, cancellationToken);
                    (waiting, bytes) = ([], 0);
                }
            }
        }

        await AppendAsync(waiting, tally, cancellationToken);
    }

    private async Task AppendAsync(List<ImportLine> lines, ImportTally tally, CancellationToken cancellationToken)
    {
        var full = await catalog.RegisterAsync(lines.Select(line => line.Operation!), cancellationToken);
        var accepted = new List<ProfileOperation>(lines.Count);
        foreach (var line in lines)
        {
            if (AttributeCatalog.CheckFull(line.Operation!, full, "") is { } fault)
            {
                tally.Reject(line.Line, fault);
            }
            else
            {
                accepted.Add(line.Operation!);
            }
        }

        await InboxWriter.AppendAsync(inbox, hasher, accepted, cancellationToken);
        tally.Accept(accepted.Count);
    }

    private static Refusal TooLarge() => new(
        RefusalKind.TooLarge, "body_too_large", "The file is too large", $"The limit is {MaxBytes:N0} bytes (28 MB). Split the file and send the parts one after the other.");

    [LoggerMessage(2101, LogLevel.Information, "Import {ImportId} {Status}: {Accepted} lines accepted, {Rejected} rejected.")]
    private static partial void LogImported(ILogger logger, string importId, ImportStatus status, long accepted, long rejected);
}
