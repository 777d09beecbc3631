using Microsoft.Azure.Functions.Worker.Local;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Local.Worker;

public sealed class WorkerConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("worker-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void HostJson_VersionAlone_HasTheHostsDefaults()
    {
        var host = Load("""{ "version": "2.0" }""");
        host.RoutePrefix.ShouldBe("api");
        host.FunctionTimeout.ShouldBe(TimeSpan.FromMinutes(30));
        host.Functions.ShouldBeEmpty();
        host.Queues.ShouldBe(new QueueSettings
        {
            MaxPollingInterval = TimeSpan.FromMinutes(1),
            VisibilityTimeout = TimeSpan.Zero,
            BatchSize = 16,
            NewBatchThreshold = 8 * Environment.ProcessorCount,
            MaxDequeueCount = 5,
            IsBase64 = true,
        });
    }

    [Fact]
    public void HostJson_Development_PollsAfterTwoSecondsUnlessToldOtherwise()
    {
        Load("""{ "version": "2.0" }""", isDevelopment: true).Queues.MaxPollingInterval.ShouldBe(TimeSpan.FromSeconds(2));
        Load("""{ "version": "2.0", "extensions": { "queues": { "maxPollingInterval": "00:00:07" } } }""", isDevelopment: true)
            .Queues.MaxPollingInterval.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void HostJson_Everything_IsRead()
    {
        var host = Load("""
            {
              // comments are allowed
              "version": "2.0", "functionTimeout": "00:05:00", "functions": [ "A", "B" ],
              "extensions": {
                "http": { "routePrefix": "" },
                "queues": { "visibilityTimeout": "00:00:30", "batchSize": 8, "newBatchThreshold": 0, "maxDequeueCount": 3, "messageEncoding": "none" }
              }
            }
            """);
        host.RoutePrefix.ShouldBeEmpty();
        host.FunctionTimeout.ShouldBe(TimeSpan.FromMinutes(5));
        host.Functions.ShouldBe(["A", "B"]);
        host.Queues.VisibilityTimeout.ShouldBe(TimeSpan.FromSeconds(30));
        (host.Queues.BatchSize, host.Queues.NewBatchThreshold, host.Queues.MaxDequeueCount, host.Queues.IsBase64).ShouldBe((8, 0, 3, false));
    }

    [Fact]
    public void HostJson_Unbounded_HasNoTimeout() => Load("""{ "version": "2.0", "functionTimeout": "-1" }""").FunctionTimeout.ShouldBeNull();

    [Fact]
    public void HostJson_AppSetting_OverridesTheFile() =>
        Load(
            """{ "version": "2.0", "extensions": { "queues": { "batchSize": 8 } } }""",
            settings: ("AzureFunctionsJobHost:extensions:queues:batchSize", "3")).Queues.BatchSize.ShouldBe(3);

    [Fact]
    public void HostJson_RoutePrefixAsAppSetting_IsRefused() =>
        Refuse("""{ "version": "2.0" }""", ("AzureFunctionsJobHost:extensions:http:routePrefix", "v2")).ShouldContain("routePrefix");

    [Fact]
    public void HostJson_Missing_IsRefused() =>
        Should.Throw<FunctionsHostException>(() => HostJson.Load(_directory.FullName, Settings(), isDevelopment: false)).Message.ShouldContain("host.json is missing");

    [Theory]
    [InlineData("{ }", "version is ''")]
    [InlineData("""{ "version": "3.0" }""", "version is '3.0'")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "soon" }""", "functionTimeout is 'soon'")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "00:00:00.5" }""", "functionTimeout")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "batchSize": 0 } } }""", "from 1 to 32")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "batchSize": 33 } } }""", "from 1 to 32")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "newBatchThreshold": -1 } } }""", "newBatchThreshold")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "maxDequeueCount": 0 } } }""", "maxDequeueCount")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "maxPollingInterval": "00:00:00.099" } } }""", "maxPollingInterval")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "visibilityTimeout": "7.00:00:01" } } }""", "visibilityTimeout")]
    [InlineData("""{ "version": "2.0", "extensions": { "queues": { "messageEncoding": "utf8" } } }""", "base64 or none")]
    public void HostJson_OutOfBounds_IsRefusedByName(string json, string expected) => Refuse(json).ShouldContain(expected);

    [Fact]
    public void LocalSettings_File_GivesValuesAndPort()
    {
        var settings = LocalSettings.Parse("""
            {
              "IsEncrypted": false, // a comment
              "Values": { "A__B": "text", "Flag": true, "Number": 7 },
              "Host": { "LocalHttpPort": 7081 },
            }
            """);
        settings.Values.ShouldBe(new Dictionary<string, string?> { ["A:B"] = "text", ["Flag"] = "true", ["Number"] = "7" }, ignoreOrder: true);
        settings.HttpPort.ShouldBe(7081);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{ "IsEncrypted": true, "Values": {} }""", "encrypted")]
    [InlineData("""{ "Values": { "A": { "B": 1 } } }""", "Values.A")]
    public void LocalSettings_Wrong_IsRefused(string json, string expected) =>
        Should.Throw<FunctionsHostException>(() => LocalSettings.Parse(json)).Message.ShouldContain(expected);

    [Fact]
    public void Configuration_EnvironmentAndCommandLine_WinOverLocalSettings()
    {
        var name = $"WORKER_TEST_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable(name, "environment");
        try
        {
            var settings = LocalSettings.Parse($$"""{ "Values": { "{{name}}": "file", "{{name}}_FILE": "file", "{{name}}_LINE": "file" } }""");
            var host = GenericHost.Create([$"--{name}_LINE", "line"], _directory.FullName, "app", settings);
            host.Configuration[name].ShouldBe("environment");
            host.Configuration[$"{name}_FILE"].ShouldBe("file");
            host.Configuration[$"{name}_LINE"].ShouldBe("line");
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public void Logging_Defaults_AreInformationForTheAppAndWarningForFrameworks()
    {
        Write("""{ "version": "2.0", "logging": { "logLevel": { "Noisy.App": "Error" } } }""");
        using var host = GenericHost.Create([], _directory.FullName, "app", LocalSettings.Parse("{}")).Build();
        var loggers = (ILoggerFactory)host.Services.GetService(typeof(ILoggerFactory))!;
        loggers.CreateLogger("AudienceSync.X").IsEnabled(LogLevel.Information).ShouldBeTrue();
        loggers.CreateLogger("AudienceSync.X").IsEnabled(LogLevel.Debug).ShouldBeFalse();
        loggers.CreateLogger("Microsoft.X").IsEnabled(LogLevel.Information).ShouldBeFalse();
        loggers.CreateLogger("Azure.Core").IsEnabled(LogLevel.Warning).ShouldBeTrue();
        loggers.CreateLogger("Noisy.App").IsEnabled(LogLevel.Warning).ShouldBeFalse();
    }

    [Theory]
    [InlineData(new[] { "--port", "7172" }, 7172)]
    [InlineData(new[] { "--x", "1", "--port=8080" }, 8080)]
    [InlineData(new[] { "-p", "0" }, 0)]
    [InlineData(new string[0], 7081)]
    public void Port_CommandLine_WinsOverLocalSettings(string[] args, int expected) =>
        GenericHost.Port(args, LocalSettings.Parse("""{ "Host": { "LocalHttpPort": 7081 } }""")).ShouldBe(expected);

    [Fact]
    public void Port_Nowhere_Is7071() => GenericHost.Port([], LocalSettings.Parse("{}")).ShouldBe(7071);

    [Theory]
    [InlineData("--port", "abc")]
    [InlineData("--port", "65536")]
    [InlineData("--port=-1", "")]
    [InlineData("x", "--port")]
    public void Port_NoPort_IsRefused(params string[] args) =>
        Should.Throw<FunctionsHostException>(() => GenericHost.Port(args, LocalSettings.Parse("{}"))).Message.ShouldContain("--port");

    [Fact]
    public void Resolve_Placeholders_AreReplaced() =>
        new AppSettings(Settings(("QUEUE", "work"), ("A:B", "x"))).Resolve("%QUEUE%-%A__B%", "f").ShouldBe("work-x");

    [Fact]
    public void Resolve_Unknown_IsRefusedByName() =>
        Should.Throw<FunctionsHostException>(() => new AppSettings(Settings()).Resolve("%NOPE%", "f")).Message.ShouldContain("'%NOPE%'");

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("", false)]
    public void IsDisabled_Setting_IsRead(string value, bool expected) =>
        new AppSettings(Settings(("AzureWebJobs.f.Disabled", value))).IsDisabled("f").ShouldBe(expected);

    [Theory]
    [InlineData("AzureWebJobsStorage", "AzureWebJobsStorage", "UseDevelopmentStorage=true", "http://127.0.0.1:10001/devstoreaccount1/work")]
    [InlineData("Storage", "Storage", "UseDevelopmentStorage=true", "http://127.0.0.1:10001/devstoreaccount1/work")]
    [InlineData("Storage", "AzureWebJobsStorage", "UseDevelopmentStorage=true", "http://127.0.0.1:10001/devstoreaccount1/work")]
    [InlineData("Storage", "ConnectionStrings:Storage", "UseDevelopmentStorage=true", "http://127.0.0.1:10001/devstoreaccount1/work")]
    [InlineData("Storage", "Storage:queueServiceUri", "https://acct.queue.core.windows.net/", "https://acct.queue.core.windows.net/work")]
    [InlineData("Storage", "Storage:accountName", "acct", "https://acct.queue.core.windows.net/work")]
    public void Queue_Connection_IsFound(string connection, string key, string value, string expected) =>
        new StorageConnections(Settings((key, value))).Queue(connection, "work").Uri.AbsoluteUri.ShouldBe(expected);

    [Theory]
    [InlineData("Other", "x", "'Storage' is not configured")]
    [InlineData("Storage", "no connection string", "'Storage' is not a connection string")]
    [InlineData("Storage:blobServiceUri", "https://acct.blob.core.windows.net", "Storage__queueServiceUri")]
    [InlineData("Storage:queueServiceUri", "acct", "not an absolute URI")]
    public void Queue_NoConnection_IsRefusedByName(string key, string value, string expected) =>
        Should.Throw<FunctionsHostException>(() => new StorageConnections(Settings((key, value))).Queue("Storage", "work")).Message.ShouldContain(expected);

    private static IConfigurationRoot Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();

    private void Write(string json) => File.WriteAllText(Path.Combine(_directory.FullName, "host.json"), json);

    private HostJson Load(string json, bool isDevelopment = false, params (string Key, string Value)[] settings)
    {
        Write(json);
        return HostJson.Load(_directory.FullName, Settings(settings), isDevelopment);
    }

    private string Refuse(string json, params (string Key, string Value)[] settings) =>
        Should.Throw<FunctionsHostException>(() => Load(json, settings: settings)).Message;
}
