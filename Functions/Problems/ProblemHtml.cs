using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AudienceSync.Problems;

/// <summary>Pages for people who follow a problem's <c>type</c>.</summary>
internal static class ProblemHtml
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}"
        + "code,pre{font-family:ui-monospace,monospace;background:#f2f2f5;border-radius:4px}code{padding:.1em .3em}pre{padding:1rem;overflow:auto}"
        + "h1{margin-bottom:0}p.code{margin-top:.2rem;color:#5a5a66}table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}a{color:#0b57d0}"
        + "@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#18181b}code,pre{background:#26262b}p.code{color:#a0a0ab}a{color:#8ab4f8}}";

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(ProblemPage page)
    {
        var kind = page.Kind is ProblemKind.Refusal ? $"HTTP status {page.Status}" : $"A fault among the <code>errors</code> of a refusal, usually with HTTP status {page.Status}";
        return Page(page.Title, $"""
            <h1>{Text(page.Title)}</h1>
            <p class="code"><code>{Text(page.Code)}</code> · {kind}</p>
            <h2>What it means</h2>
            <p>{Text(page.Meaning)}</p>
            <h2>What to do</h2>
            <p>{Text(page.WhatToDo)}</p>
            <h2>Example</h2>
            <pre>{WebUtility.HtmlEncode(Example(page.Example))}</pre>
            <p><a href="/api/v1/problems">All error codes</a></p>
            """);
    }

    public static string List(IEnumerable<ProblemPage> pages)
    {
        var rows = new StringBuilder();
        foreach (var page in pages)
        {
            rows.Append(System.Globalization.CultureInfo.InvariantCulture, $"<tr><td><a href=\"{page.Type}\"><code>{page.Code}</code></a></td><td>{page.Status}</td><td>{Text(page.Title)}</td></tr>\n");
        }

        return Page("Error codes", $"""
            <h1>Error codes</h1>
            <p>Every refusal is a problem document (RFC 9457). Its <code>code</code>, and the <code>code</code> of each fault under <code>errors</code>, is one of these.</p>
            <table><tr><th>Code</th><th>Status</th><th></th></tr>
            {rows}</table>
            """);
    }

    private static string Page(string title, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Text(title)} · AudienceSync</title><style>{Style}</style></head>
        <body>
        {body}
        </body>
        </html>

        """;

    /// <summary>Encoded; what stands between backticks as code.</summary>
    private static string Text(string text)
    {
        var html = new StringBuilder();
        foreach (var (index, part) in text.Split('`').Index())
        {
            html.Append(index % 2 == 0 ? WebUtility.HtmlEncode(part) : $"<code>{WebUtility.HtmlEncode(part)}</code>");
        }

        return html.ToString();
    }

    private static string Example(ProblemExample example)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Readable))
        {
            JsonSerializer.Serialize(writer, example, ProblemsJson.Default.ProblemExample);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
