using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AudienceSync.Local.Worker;

public sealed class WorkerHttpTests : IAsyncLifetime
{
    private HostUnderTest _host = null!;

    public async Task InitializeAsync() => _host = await HostUnderTest.StartAsync(typeof(HttpFunctions), builder =>
    {
        builder.Services.AddScoped<ScopedThing>();
        builder.UseMiddleware<OuterMiddleware>();
        builder.UseMiddleware(async (context, next) =>
        {
            context.GetHttpContext()!.Response.Headers.Append("x-order", "inner");
            await next();
        });
        builder.UseWhen(
            context => context.FunctionDefinition.Name == "replaced",
            async (context, next) =>
            {
                await next();
                context.GetInvocationResult().Value = new ContentResult { Content = $"{context.GetInvocationResult<string>().Value} replaced" };
            });
    },
    localSettings: """{ "Values": { "AzureWebJobs.disabled.Disabled": true } }""");

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Get_ActionResult_IsWrittenInCamelCase() =>
        (await _host.Client.GetStringAsync("api/action")).ShouldBe("""{"firstName":"Ann"}""");

    [Fact]
    public async Task Get_Result_IsWrittenInCamelCase() =>
        (await _host.Client.GetStringAsync("api/result")).ShouldBe("""{"firstName":"Bob"}""");

    [Fact]
    public async Task Get_HttpResultProperty_IsWritten() => (await _host.Client.GetStringAsync("api/property")).ShouldBe("from property");

    [Theory]
    [InlineData("api/poco")]
    [InlineData("api/nothing")]
    public async Task Get_NoHttpResult_IsEmpty200(string path)
    {
        using var response = await _host.Client.GetAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("api/items/7/4000000000/true/2026-02-03T04:05:06Z/0d6f1ad2-4d1c-4c55-9a2a-4f1f0c0a7f3e/a%20b", "7|4000000000|True|2026-02-03T04:05:06.0000000Z|0d6f1ad2-4d1c-4c55-9a2a-4f1f0c0a7f3e|a b")]
    public async Task Get_RouteParameters_AreBoundByType(string path, string expected) => (await _host.Client.GetStringAsync(path)).ShouldBe(expected);

    [Fact]
    public async Task Get_OptionalRouteParameter_IsNullWhenAbsent()
    {
        (await _host.Client.GetStringAsync("api/optional")).ShouldBe("none");
        (await _host.Client.GetStringAsync("api/optional/x")).ShouldBe("x");
    }

    [Fact]
    public async Task Get_RouteValueThatDoesNotConvert_IsEmpty500()
    {
        using var response = await _host.Client.GetAsync("api/number/abc");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET", "api/unknown")]
    [InlineData("GET", "action")]
    [InlineData("DELETE", "api/action")]
    [InlineData("HEAD", "api/action")]
    [InlineData("OPTIONS", "api/action")]
    [InlineData("GET", "api/constrained/abc")]
    [InlineData("GET", "api/disabled")]
    [InlineData("GET", "admin/unknown")]
    public async Task Send_NoFunctionForRouteAndVerb_IsEmpty404(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _host.Client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("PATCH")]
    public async Task Send_FunctionWithoutMethods_TakesEveryVerb(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "api/any");
        using var response = await _host.Client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("x-verb").ShouldBe([method]);
    }

    [Theory]
    [InlineData("GET", "read")]
    [InlineData("PUT", "written")]
    public async Task Send_SameRouteOtherVerbs_ReachesTheirFunctions(string method, string expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "api/shared/1");
        using var response = await _host.Client.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe(expected);
    }

    [Fact]
    public async Task Get_UnhandledException_IsEmpty500()
    {
        using var response = await _host.Client.GetAsync("api/throws");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldBeEmpty();
        response.Headers.Contains("x-order").ShouldBeFalse();
    }

    [Fact]
    public async Task Get_ExceptionHandledByMiddleware_IsItsAnswer()
    {
        using var response = await _host.Client.GetAsync("api/handled");
        response.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await response.Content.ReadAsStringAsync()).ShouldBe("caught mended");
    }

    [Fact]
    public async Task Get_Middleware_RunsInOrderOfRegistration()
    {
        using var response = await _host.Client.GetAsync("api/nothing");
        response.Headers.GetValues("x-order").ShouldBe(["outer", "inner"]);
    }

    [Fact]
    public async Task Get_ResultReplacedByMiddleware_IsWritten() => (await _host.Client.GetStringAsync("api/replaced")).ShouldBe("text replaced");

    [Fact]
    public async Task Get_Scope_IsOneForMiddlewareRequestAndFunctionAndNewEachTime()
    {
        var first = (await _host.Client.GetStringAsync("api/scope")).Split('|');
        var second = (await _host.Client.GetStringAsync("api/scope")).Split('|');
        first.Distinct().Count().ShouldBe(1);
        second.Distinct().Count().ShouldBe(1);
        second[0].ShouldNotBe(first[0]);
        ScopedThing.Disposed.ShouldContain(Guid.Parse(first[0]));
    }

    [Fact]
    public async Task Post_BodyOverLimit_Is500()
    {
        using var body = new ByteArrayContent(new byte[30_000_001]);
        try
        {
            using var response = await _host.Client.PostAsync("api/length", body);
            response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        }
        catch (HttpRequestException)
        {
            // Kestrel may close the connection before all of the body is sent.
        }
    }

    [Fact]
    public async Task Post_BodyAtLimit_IsRead()
    {
        using var body = new ByteArrayContent(new byte[30_000_000]);
        using var response = await _host.Client.PostAsync("api/length", body);
        (await response.Content.ReadAsStringAsync()).ShouldBe("30000000");
    }

    [Fact]
    public async Task Get_CallerLeaves_CancelsTheFunction()
    {
        var probe = HttpFunctions.Cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        HttpFunctions.Waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leave = new CancellationTokenSource();
        var request = _host.Client.GetAsync("api/waits", leave.Token);
        await HttpFunctions.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(request);
        await probe.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Get_FunctionContext_DescribesTheFunction() =>
        (await _host.Client.GetStringAsync("api/describe/5")).ShouldBe(
            "describe|AudienceSync.Local.Worker.WorkerHttpTests.HttpFunctions.Describe|httpTrigger|http|5|no retry|traced");

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Ping_Always_Is200(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "admin/host/ping");
        using var response = await _host.Client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Status_Running_SaysSo() => (await _host.Client.GetStringAsync("admin/host/status")).ShouldContain("\"state\":\"Running\"");

    [Theory]
    [InlineData("admin/functions/unknown", "{}", HttpStatusCode.NotFound)]
    [InlineData("admin/functions/action", "{}", HttpStatusCode.BadRequest)]
    [InlineData("admin/functions/action", "{", HttpStatusCode.BadRequest)]
    public async Task RunByHand_WhatCannotBeRun_IsRefused(string path, string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _host.Client.PostAsync(path, content);
        response.StatusCode.ShouldBe(expected);
    }

    public sealed record Person(string FirstName);

    public sealed class PropertyAnswer
    {
        [HttpResult]
        public required IActionResult Answer { get; init; }
    }

    public sealed class ScopedThing : IDisposable
    {
        public static System.Collections.Concurrent.ConcurrentBag<Guid> Disposed { get; } = [];

        public Guid Id { get; } = Guid.NewGuid();

        public void Dispose() => Disposed.Add(Id);
    }

    private sealed class OuterMiddleware : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            var http = context.GetHttpContext()!;
            http.Response.Headers.Append("x-order", "outer");
            context.Items["scope"] = context.InstanceServices.GetRequiredService<ScopedThing>().Id;
            try
            {
                await next(context);
            }
            catch (TimeZoneNotFoundException exception)
            {
                http.Response.StatusCode = StatusCodes.Status409Conflict;
                await http.Response.WriteAsync($"caught {exception.Message}");
            }
        }
    }

    public sealed class HttpFunctions(ScopedThing thing)
    {
        public static TaskCompletionSource Cancelled { get; set; } = new();

        public static TaskCompletionSource Waiting { get; set; } = new();

        [Function("action")]
        public static IActionResult Action([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => new OkObjectResult(new Person("Ann"));

        [Function("result")]
        public static async Task<IResult> ResultAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
        {
            await Task.Yield();
            return Results.Ok(new Person("Bob"));
        }

        [Function("property")]
        public static ValueTask<PropertyAnswer> Property([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            new(new PropertyAnswer { Answer = new ContentResult { Content = "from property" } });

        [Function("poco")]
        public static Person Poco([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => new("Cid");

        [Function("nothing")]
        public static async Task NothingAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => await Task.Yield();

        [Function("items")]
        public static IResult Items(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "items/{number:int}/{big}/{flag}/{time}/{id:guid}/{text}")] HttpRequest request,
            int number, long big, bool flag, DateTime time, Guid id, string text) =>
            Results.Text($"{number}|{big}|{flag}|{time:O}|{id}|{text}");

        [Function("optional")]
        public static IResult Optional([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "optional/{name?}")] HttpRequest request, string? name) =>
            Results.Text(name ?? "none");

        [Function("number")]
        public static IResult Number([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "number/{value}")] HttpRequest request, int value) => Results.Text($"{value}");

        [Function("constrained")]
        public static IResult Constrained([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "constrained/{value:int}")] HttpRequest request) => Results.Ok();

        [Function("any")]
        public static IResult Any([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request)
        {
            request.HttpContext.Response.Headers["x-verb"] = request.Method;
            return Results.Ok();
        }

        [Function("shared-read")]
        public static IResult Read([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "shared/{id}")] HttpRequest request) => Results.Text("read");

        [Function("shared-write")]
        public static IResult Write([HttpTrigger(AuthorizationLevel.Anonymous, "put", "patch", Route = "shared/{id}")] HttpRequest request) => Results.Text("written");

        [Function("throws")]
        public static IResult Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => throw new InvalidOperationException("secret");

        [Function("handled")]
        public static IResult Handled([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => throw new TimeZoneNotFoundException("mended");

        [Function("replaced")]
        public static string Replaced([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => "text";

        [Function("scope")]
        public IResult Scope([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, FunctionContext context) =>
            Results.Text($"{thing.Id}|{request.HttpContext.RequestServices.GetRequiredService<ScopedThing>().Id}|{context.Items["scope"]}");

        [Function("length")]
        public static async Task<IResult> LengthAsync(
            [HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request, CancellationToken cancellationToken)
        {
            var buffer = new byte[65_536];
            long length = 0;
            for (var read = -1; read != 0; length += read)
            {
                read = await request.Body.ReadAsync(buffer, cancellationToken);
            }

            return Results.Text($"{length}");
        }

        [Function("waits")]
        public static async Task WaitAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, CancellationToken cancellationToken)
        {
            var cancelled = new TaskCompletionSource();
            await using var registration = cancellationToken.Register(cancelled.SetResult);
            Waiting.SetResult();
            await cancelled.Task;
            Cancelled.SetResult();
        }

        [Function("describe")]
        public static IResult Describe([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "describe/{id}")] HttpRequest request, FunctionContext context) =>
            Results.Text(string.Join(
                '|',
                context.FunctionDefinition.Name,
                context.FunctionDefinition.EntryPoint,
                context.FunctionDefinition.InputBindings["request"].Type,
                context.FunctionDefinition.OutputBindings["$return"].Type,
                context.BindingContext.BindingData["id"],
                context.RetryContext is null ? "no retry" : "retry",
                context.TraceContext.TraceParent.StartsWith("00-", StringComparison.Ordinal) ? "traced" : "untraced"));

        [Function("disabled")]
        public static IResult Disabled([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => Results.Ok();
    }
}
