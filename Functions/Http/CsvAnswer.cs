using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>A table as CSV (RFC 4180), sent while it is read: nothing is held but a row.</summary>
/// <remarks>
/// For people with spreadsheets: a cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection). Files for machines
/// are written elsewhere and keep values as they are.
/// </remarks>
internal sealed class CsvAnswer(string fileName, IReadOnlyList<string> header, IAsyncEnumerable<IReadOnlyList<string>> rows) : IResult, IStatusCodeHttpResult
{
    private const string NewLine = "\r\n";

    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public int? StatusCode => StatusCodes.Status200OK;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/csv; charset=utf-8; header=present";
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = "Accept";
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        await using var text = new StreamWriter(response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await WriteAsync(text, header);
        await foreach (var row in rows.WithCancellation(httpContext.RequestAborted))
        {
            await WriteAsync(text, row);
        }
    }

    private static async Task WriteAsync(StreamWriter text, IReadOnlyList<string> cells)
    {
        await text.WriteAsync(string.Join(',', cells.Select(Cell)));
        await text.WriteAsync(NewLine);
    }

    private static string Cell(string value)
    {
        var safe = IsFormula(value) ? $"'{value}" : value;
        return safe.AsSpan().ContainsAny(Special) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    /// <summary>Also the full-width forms, which some spreadsheets read as the plain ones, and signs behind blanks, which they skip.</summary>
    private static bool IsFormula(string value) =>
        value.Length > 0 && (value[0] is '\t' or '\r' or '\n' || value.TrimStart() is [('=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠'), ..]);
}
