using System.Globalization;

namespace AudienceSync.Connectors.Kit;

public sealed class ResponseRulesTests
{
    [Theory]
    [InlineData(200, null)]
    [InlineData(202, null)]
    [InlineData(204, null)]
    [InlineData(207, null)]
    [InlineData(301, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(308, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(400, typeof(DeliveryOutcome.Refused))]
    [InlineData(401, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(403, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(405, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(406, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(407, typeof(DeliveryOutcome.Unauthorized))]
    [InlineData(408, typeof(DeliveryOutcome.Failed))]
    [InlineData(409, typeof(DeliveryOutcome.Failed))]
    [InlineData(410, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(413, typeof(DeliveryOutcome.Refused))]
    [InlineData(414, typeof(DeliveryOutcome.Refused))]
    [InlineData(415, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(422, typeof(DeliveryOutcome.Refused))]
    [InlineData(425, typeof(DeliveryOutcome.Failed))]
    [InlineData(429, typeof(DeliveryOutcome.Throttled))]
    [InlineData(431, typeof(DeliveryOutcome.Refused))]
    [InlineData(451, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    [InlineData(502, typeof(DeliveryOutcome.Failed))]
    [InlineData(503, typeof(DeliveryOutcome.Failed))]
    [InlineData(504, typeof(DeliveryOutcome.Failed))]
    [InlineData(599, typeof(DeliveryOutcome.Failed))]
    public void Failure_Status_IsTheCaseOfTheTable(int status, Type? expected) => ResponseRules.Failure(Response(status))?.GetType().ShouldBe(expected);

    [Fact]
    public void Failure_503WithRetryAfter_IsThrottled() =>
        ResponseRules.Failure(Response(503, ("Retry-After", "7"))).ShouldBe(new DeliveryOutcome.Throttled(TimeSpan.FromSeconds(7), "http_503"));

    [Fact]
    public void Failure_410_IsGone() => ResponseRules.Failure(Response(410)).ShouldBeOfType<DeliveryOutcome.Misconfigured>().Code.ShouldBe("gone");

    [Theory]
    [InlineData("Retry-After", "120", 120d)]
    [InlineData("retry-after", "0", 0d)]
    [InlineData("Retry-After", "86400", 3600d)] // at most an hour
    [InlineData("Retry-After", "soon", null)]
    [InlineData("RateLimit-Reset", "30", 30d)]
    [InlineData("X-RateLimit-Reset", "2.5", 2.5)]
    [InlineData("X-RateLimit-Reset", "-5", null)]
    [InlineData("X-RateLimit-Reset", "999999999999999999999999", null)]
    [InlineData("X-Other", "30", null)]
    public void RetryAfter_Header_IsRead(string header, string value, double? seconds) =>
        Response(429, (header, value)).RetryAfter.ShouldBe(seconds is { } expected ? TimeSpan.FromSeconds(expected) : null);

    [Fact]
    public void RetryAfter_Dates_CountFromTheAnswer()
    {
        var later = Samples.Now.AddSeconds(90);

        Response(429, ("Retry-After", later.ToString("R", CultureInfo.InvariantCulture))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(90));
        Response(429, ("Retry-After", Samples.Now.AddDays(-1).ToString("R", CultureInfo.InvariantCulture))).RetryAfter.ShouldBe(TimeSpan.Zero);
        Response(429, ("X-RateLimit-Reset", $"{later.ToUnixTimeSeconds()}")).RetryAfter.ShouldBe(TimeSpan.FromSeconds(90));
        Response(429, ("X-RateLimit-Reset", $"{later.ToUnixTimeMilliseconds()}")).RetryAfter.ShouldBe(TimeSpan.FromSeconds(90));
        Response(429, ("X-RateLimit-Reset", "9000000000000000000")).RetryAfter.ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void RetryAfter_SeveralHints_PrefersRetryAfter() =>
        Response(429, ("X-RateLimit-Reset", "50"), ("Retry-After", "5")).RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));

    [Fact]
    public void Describe_LongBody_IsOneShortLine()
    {
        var text = ResponseRules.Describe(Response(400) with { Body = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a b\r\n", 500))) });

        text.ShouldStartWith("The platform answered 400: a b a b");
        text.ShouldNotContain('\n');
        text.Length.ShouldBeLessThan(340);
    }

    private static ConnectorResponse Response(int status, params (string Name, string Value)[] headers) => new()
    {
        Status = status,
        Headers = [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))],
        Body = ReadOnlyMemory<byte>.Empty,
        ReceivedAt = Samples.Now,
    };
}
