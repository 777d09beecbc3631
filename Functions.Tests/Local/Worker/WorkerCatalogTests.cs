using System.Globalization;
using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AudienceSync.Local.Worker;

public sealed class WorkerCatalogTests
{
    [Theory]
    [InlineData(typeof(NoName), "'1st' is no function name")]
    [InlineData(typeof(HostName), "'Host' is no function name")]
    [InlineData(typeof(TwoTriggers), "has 2 triggers")]
    [InlineData(typeof(NoTrigger), "has 0 triggers")]
    [InlineData(typeof(SameNames), "Function name 'same' is used by")]
    [InlineData(typeof(AdminRoute), "admin or runtime")]
    [InlineData(typeof(PocoRequest), "only HttpRequest")]
    [InlineData(typeof(BadSchedule), "neither an NCRONTAB expression")]
    [InlineData(typeof(Unresolved), "'%WORKER_TESTS_NO_SUCH_SETTING%' does not resolve")]
    [InlineData(typeof(BadQueueName), "'a--b' is no queue name")]
    [InlineData(typeof(RetriedQueue), "retry attributes work on timers only")]
    [InlineData(typeof(SameRoutes), "have the same route 'api/x/{id}' for GET")]
    [InlineData(typeof(BadTemplate), "is malformed")]
    [InlineData(typeof(UnknownConstraint), "nonsense")]
    [InlineData(typeof(NoStorage), "'WorkerTestsNoSuchConnection' is not configured")]
    [InlineData(typeof(NoTimerStorage), "'AzureWebJobsStorage' is not configured")]
    public async Task Start_WrongDeclaration_IsRefusedWithTheReason(Type functions, string expected) =>
        (await Should.ThrowAsync<FunctionsHostException>(() => HostUnderTest.StartAsync(functions))).Message.ShouldContain(expected);

    [Fact]
    public async Task Start_HttpWithoutConfigureFunctionsWebApplication_IsRefused()
    {
        var directory = Directory.CreateTempSubdirectory("worker-tests-");
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, "host.json"), HostUnderTest.HostJson);
            using var host = new FunctionsApplicationBuilder(["--port", "0"], directory.FullName, FunctionSource.Of(typeof(OneFunction))).Build();
            (await Should.ThrowAsync<FunctionsHostException>(() => host.StartAsync())).Message.ShouldContain("ConfigureFunctionsWebApplication");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Start_FunctionsOfHostJson_LoadsThemAlone()
    {
        await using var host = await HostUnderTest.StartAsync(typeof(TwoFunctions), hostJson: """{ "version": "2.0", "functions": [ "one" ] }""");
        (await host.Client.GetAsync("api/one")).IsSuccessStatusCode.ShouldBeTrue();
        (await host.Client.GetAsync("api/two")).IsSuccessStatusCode.ShouldBeFalse();
    }

    [Fact]
    public async Task Start_HostedServices_AreStartedBeforeAndStoppedAfterTheTriggers()
    {
        var service = new OrderedService();
        await using (var host = await HostUnderTest.StartAsync(typeof(OneFunction), builder =>
        {
            builder.Services.AddSingleton<IHostedService>(provider =>
            {
                service.Address = provider.GetRequiredService<HostAddress>();
                return service;
            });
        }))
        {
            service.PortWhenStarted.ShouldBe(0);
            host.Services.GetRequiredService<HostAddress>().Port.ShouldNotBe(0);
        }

        service.AnsweredWhenStopping.ShouldBe(false);
    }

    [Fact]
    public async Task Start_KestrelOptionsOfTheApp_Apply()
    {
        await using var host = await HostUnderTest.StartAsync(
            typeof(LengthFunction), builder => builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = 10));
        using var fits = new ByteArrayContent(new byte[10]);
        using var taken = await host.Client.PostAsync("api/length", fits);
        (await taken.Content.ReadAsStringAsync()).ShouldBe("10");
        using var over = new ByteArrayContent(new byte[11]);
        using var refused = await host.Client.PostAsync("api/length", over);
        refused.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
    }

    [Fact]
    public async Task Start_PortInUse_SaysSo()
    {
        await using var first = await HostUnderTest.StartAsync(typeof(OneFunction));
        var port = first.Client.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture);
        (await Should.ThrowAsync<IOException>(() => HostUnderTest.StartAsync(typeof(OneFunction), args: ["--port", port]))).Message.ShouldContain("address already in use");
    }

    [Fact]
    public void Build_Twice_Throws()
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Build().Dispose();
        Should.Throw<InvalidOperationException>(builder.Build);
    }

    [Fact]
    public void CreateBuilder_ByDefault_LooksInTheCallingAssembly()
    {
        using var host = FunctionsApplication.CreateBuilder([]).Build();
        host.Services.GetRequiredService<FunctionSource>().Types.ShouldContain(typeof(OneFunction));
    }

    [Fact]
    public void Of_Assembly_FindsPublicAndOtherMethodsOfAllTypes()
    {
        var methods = FunctionSource.Of(Assembly.GetExecutingAssembly()).Methods().ToList();
        methods.ShouldContain(method => method.DeclaringType == typeof(OneFunction));
        methods.ShouldContain(method => method.DeclaringType == typeof(HiddenFunction));
    }

    [Theory]
    [InlineData("", 16)]
    [InlineData("my-host", 7)]
    public void HostIdentity_Setting_WinsOverPlace(string setting, int atLeast)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("AzureFunctionsWebHost:hostid", setting)]).Build();
        var id = new HostIdentity(configuration, "/some/place").Id;
        id.Length.ShouldBeInRange(Math.Min(atLeast, 13), 32);
        (id == "my-host").ShouldBe(setting.Length > 0);
        new HostIdentity(configuration, "/some/place").Id.ShouldBe(id);
    }

    private sealed class OrderedService : IHostedService
    {
        public HostAddress? Address { get; set; }

        public int? PortWhenStarted { get; private set; }

        public bool? AnsweredWhenStopping { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            PortWhenStarted = Address!.Port;
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            using var client = new HttpClient();
            try
            {
                await client.GetAsync(new Uri(Address!.Root, "api/one"), cancellationToken);
                AnsweredWhenStopping = true;
            }
            catch (HttpRequestException)
            {
                AnsweredWhenStopping = false;
            }
        }
    }

    public static class OneFunction
    {
        [Function("one")]
        public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => Results.Ok();
    }

    public static class LengthFunction
    {
        [Function("length")]
        public static async Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request)
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            return Results.Text($"{body.Length}");
        }
    }

    public static class TwoFunctions
    {
        [Function("one")]
        public static IResult One([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => Results.Ok();

        [Function("two")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => Results.Ok();
    }

    private static class HiddenFunction
    {
        [Function("hidden")]
        private static void Run([QueueTrigger("work")] string message)
        {
        }
    }

    public static class NoName
    {
        [Function("1st")]
        public static void Run([QueueTrigger("work")] string message)
        {
        }
    }

    public static class HostName
    {
        [Function("Host")]
        public static void Run([QueueTrigger("work")] string message)
        {
        }
    }

    public static class TwoTriggers
    {
        [Function("two")]
        public static void Run([QueueTrigger("work")] string message, [TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
        }
    }

    public static class NoTrigger
    {
        [Function("none")]
        public static void Run(string message)
        {
        }
    }

    public static class SameNames
    {
        [Function("same")]
        public static void One([QueueTrigger("work")] string message)
        {
        }

        [Function("Same")]
        public static void Two([QueueTrigger("work")] string message)
        {
        }
    }

    public static class AdminRoute
    {
        [Function("one")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "admin/x")] HttpRequest request)
        {
        }
    }

    public static class PocoRequest
    {
        [Function("one")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] string body)
        {
        }
    }

    public static class BadSchedule
    {
        [Function("one")]
        public static void Run([TimerTrigger("every minute")] TimerInfo timer)
        {
        }
    }

    public static class Unresolved
    {
        [Function("one")]
        public static void Run([QueueTrigger("%WORKER_TESTS_NO_SUCH_SETTING%")] string message)
        {
        }
    }

    public static class BadQueueName
    {
        [Function("one")]
        public static void Run([QueueTrigger("a--b")] string message)
        {
        }
    }

    public static class RetriedQueue
    {
        [Function("one")]
        [FixedDelayRetry(3, "00:00:01")]
        public static void Run([QueueTrigger("work")] string message)
        {
        }
    }

    public static class SameRoutes
    {
        [Function("one")]
        public static void One([HttpTrigger(AuthorizationLevel.Anonymous, "get", "put", Route = "x/{id}")] HttpRequest request)
        {
        }

        [Function("two")]
        public static void Two([HttpTrigger(AuthorizationLevel.Anonymous, "GET", Route = "X/{id}")] HttpRequest request)
        {
        }
    }

    public static class BadTemplate
    {
        [Function("one")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "x/{id")] HttpRequest request)
        {
        }
    }

    public static class UnknownConstraint
    {
        [Function("one")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "x/{id:nonsense}")] HttpRequest request)
        {
        }
    }

    public static class NoStorage
    {
        [Function("one")]
        public static void Run([QueueTrigger("work", Connection = "WorkerTestsNoSuchConnection")] string message)
        {
        }
    }

    public static class NoTimerStorage
    {
        [Function("one")]
        public static void Run([TimerTrigger("0 * * * * *")] TimerInfo timer)
        {
        }
    }
}
