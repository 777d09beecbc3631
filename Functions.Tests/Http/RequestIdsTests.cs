using AudienceSync.Fakes;

namespace AudienceSync.Http;

public sealed class RequestIdsTests
{
    [Fact]
    public void Assign_TraceParent_GivesItsTraceId()
    {
        var context = Requests.To("GET", "/x").With("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").HttpContext;

        RequestIds.Assign(context);

        context.TraceIdentifier.ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
        context.Response.Headers["Request-Id"].ToString().ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
        context.Response.Headers.TraceParent.ToString().ShouldBe("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("00-short-01")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public void Assign_NoReadableTraceParent_MakesAnId(string? traceParent)
    {
        var (first, second) = (Requests.To("GET", "/x"), Requests.To("GET", "/x"));
        if (traceParent is not null)
        {
            first.With("traceparent", traceParent);
        }

        RequestIds.Assign(first.HttpContext);
        RequestIds.Assign(second.HttpContext);

        first.HttpContext.TraceIdentifier.ShouldMatch("^[0-9a-f]{32}$");
        first.HttpContext.TraceIdentifier.ShouldNotBe(second.HttpContext.TraceIdentifier);
        first.HttpContext.TraceIdentifier.ShouldNotBe(new string('0', 32));
        first.HttpContext.Response.Headers.TraceParent.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("my-id 7", "my-id 7")]
    [InlineData("a\nb", "")]
    public void Assign_ClientRequestId_IsEchoedWhenItIsPrintable(string sent, string echoed)
    {
        var context = Requests.To("GET", "/x").With("x-ms-client-request-id", sent).HttpContext;

        RequestIds.Assign(context);

        context.Response.Headers["x-ms-client-request-id"].ToString().ShouldBe(echoed);
    }
}
