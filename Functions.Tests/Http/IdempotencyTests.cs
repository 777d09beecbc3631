using AudienceSync.Fakes;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

public sealed class IdempotencyTests
{
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryIdempotencyStore _store = new();
    private readonly Idempotency _idempotency;
    private int _calls;

    public IdempotencyTests() => _idempotency = new(_store, () => [9], _time);

    [Fact]
    public async Task Run_SentTwice_IsDoneOnceAndAnsweredAlike()
    {
        var (first, second) = (Post("{}"), Post("{}"));

        var made = await SendAsync(first, Create);
        var again = await SendAsync(second, Create);

        _calls.ShouldBe(1);
        again.ShouldBe(made);
        foreach (var header in new[] { "Location", "ETag", "Content-Type" })
        {
            second.HttpContext.Response.Headers[header].ToString().ShouldBe(first.HttpContext.Response.Headers[header].ToString());
        }

        second.HttpContext.Response.StatusCode.ShouldBe(201);
        second.HttpContext.Response.Headers.Location.ToString().ShouldBe("/x/1");
        second.HttpContext.Response.Headers["Idempotency-Replayed"].ToString().ShouldBe("true");
        first.HttpContext.Response.Headers.ContainsKey("Idempotency-Replayed").ShouldBeFalse();
    }

    [Fact]
    public async Task Run_FunctionReadsTheBody_SeesIt()
    {
        var read = "";

        await SendAsync(Post("""{"a":1}"""), async request =>
        {
            using var reader = new StreamReader(request.Body);
            read = await reader.ReadToEndAsync();
            return ApiResults.NoContent();
        });

        read.ShouldBe("""{"a":1}""");
    }

    [Theory]
    [InlineData("caller-2", "/x", "k")]
    [InlineData("caller-1", "/y", "k")]
    [InlineData("caller-1", "/x", "k2")]
    public async Task Run_OtherCallerPathOrKey_IsAnotherRequest(string caller, string path, string key)
    {
        await SendAsync(Post("{}"), Create);

        await SendAsync(Post("{}", key, path), Create, caller);

        _calls.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"b":1}""", "/x")]
    [InlineData("{}", "/x?mode=full")]
    public async Task Run_SameKeyOtherRequest_Is422(string body, string path)
    {
        await SendAsync(Post("{}"), Create);
        var other = Post(body, path: path);

        (await SendAsync(other, Create)).ShouldContain("idempotency_key_reused");

        other.HttpContext.Response.StatusCode.ShouldBe(422);
        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task Run_FirstStillRunning_Is409UntilItIsTakenForCrashed()
    {
        var hold = new TaskCompletionSource<IResult>();
        var running = SendAsync(Post("{}"), _ => hold.Task);
        var second = Post("{}");

        (await SendAsync(second, Create)).ShouldContain("idempotency_in_progress");
        second.HttpContext.Response.StatusCode.ShouldBe(409);
        second.HttpContext.Response.Headers.RetryAfter.ToString().ShouldBe("1");

        _time.Advance(Idempotency.TakenOverAfter);
        await SendAsync(Post("{}"), Create);
        _calls.ShouldBe(1);

        // The first was only slow: its answer does not take the place of the one that was kept.
        hold.SetResult(ApiResults.Created("/x/late", new SampleItem("late"), SampleJson.Default.SampleItem));
        await running;
        (await SendAsync(Post("{}"), Create)).ShouldContain("\"1\"");
        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task Run_Refused_MayBeSentAgain()
    {
        await SendAsync(Post("{}"), _ => Task.FromResult(ApiResults.Problem(Faults.Refusal.NotFound("thing", "1"))));

        await SendAsync(Post("""{"mended":1}"""), Create);

        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task Run_Thrown_MayBeSentAgain()
    {
        await Should.ThrowAsync<TimeoutException>(() => SendAsync(Post("{}"), _ => throw new TimeoutException()));

        await SendAsync(Post("{}"), Create);

        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task Run_ADayLater_IsDoneAgain()
    {
        await SendAsync(Post("{}"), Create);
        _time.Advance(Idempotency.KeptFor);

        await SendAsync(Post("{}"), Create);

        _calls.ShouldBe(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("kéy")]
    [InlineData("256")]
    public async Task Run_UnusableKey_Is400(string key)
    {
        var request = Post("{}", key == "256" ? new string('k', 256) : key);

        (await SendAsync(request, Create)).ShouldContain("invalid_idempotency_key");

        request.HttpContext.Response.StatusCode.ShouldBe(400);
        _calls.ShouldBe(0);
    }

    [Fact]
    public async Task Run_AnswerWithASecret_IsNotReadableInTheStore()
    {
        await SendAsync(Post("""{"password":"hunter2"}"""), _ => Task.FromResult(ApiResults.Ok(new SampleItem("as_topsecret"), SampleJson.Default.SampleItem)));

        var record = _store.Records.ShouldHaveSingleItem();
        System.Text.Encoding.UTF8.GetString(record.Answer!.Value.Span).ShouldNotContain("topsecret");
        record.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Run_AnswerTooLargeToKeep_RepeatsStatusAndHeaders()
    {
        Task<IResult> Large(HttpRequest request) => Task.FromResult(ApiResults.Created("/x/big", new SampleItem(new string('a', Idempotency.MaxAnswerBytes)), SampleJson.Default.SampleItem));
        await SendAsync(Post("{}"), Large);
        var second = Post("{}");

        (await SendAsync(second, Large)).ShouldBeEmpty();

        second.HttpContext.Response.StatusCode.ShouldBe(201);
        second.HttpContext.Response.Headers.Location.ToString().ShouldBe("/x/big");
    }

    private static HttpRequest Post(string body, string key = "k", string path = "/x") => Requests.To("POST", path, body).With(Idempotency.Header, key);

    private Task<IResult> Create(HttpRequest request)
    {
        _calls++;
        return Task.FromResult(ApiResults.Created($"/x/{_calls}", new SampleItem($"{_calls}"), SampleJson.Default.SampleItem, $"tag{_calls}"));
    }

    private async Task<string> SendAsync(HttpRequest request, Func<HttpRequest, Task<IResult>> function, string caller = "caller-1")
    {
        var answer = await _idempotency.RunAsync(request.HttpContext, caller, () => function(request), CancellationToken.None);
        return (await answer.SendAsync(request.HttpContext))?.ToJsonString() ?? "";
    }
}
