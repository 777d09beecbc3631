using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AudienceSync.Http;

/// <summary>An answer caught on its way out: status, the headers that say what it is, and the body.</summary>
internal sealed record StoredAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body) : IResult, IStatusCodeHttpResult
{
    /// <summary>What a replay repeats. The others are of the moment: request ids, rate limits, dates.</summary>
    private static readonly string[] Kept = ["Content-Type", "Location", "ETag", "Retry-After", "Cache-Control"];

    public int? StatusCode => Status;

    /// <summary>Has <paramref name="answer"/> written to memory instead of the wire.</summary>
    public static async Task<StoredAnswer> CatchAsync(IResult answer, HttpContext context)
    {
        using var body = new MemoryStream();
        var wire = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body, wire));
        try
        {
            await answer.ExecuteAsync(context);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        finally
        {
            context.Features.Set(wire);
        }

        var headers = Kept.Where(context.Response.Headers.ContainsKey).ToDictionary(name => name, name => context.Response.Headers[name].ToString());
        return new(context.Response.StatusCode, headers, body.ToArray());
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            httpContext.Response.Headers[name] = value;
        }

        if (Body.Length > 0)
        {
            httpContext.Response.ContentLength = Body.Length;
            await httpContext.Response.Body.WriteAsync(Body, httpContext.RequestAborted);
        }
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Status);
            writer.Write(Headers.Count);
            foreach (var (name, value) in Headers)
            {
                writer.Write(name);
                writer.Write(value);
            }

            writer.Write(Body.Length);
            writer.Write(Body);
        }

        return bytes.ToArray();
    }

    public static StoredAnswer FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        var status = reader.ReadInt32();
        var headers = new Dictionary<string, string>();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            headers[reader.ReadString()] = reader.ReadString();
        }

        return new(status, headers, reader.ReadBytes(reader.ReadInt32()));
    }
}
