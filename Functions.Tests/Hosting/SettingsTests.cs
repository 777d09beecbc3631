using AudienceSync.Access;
using AudienceSync.Connectors.Kit;
using AudienceSync.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

/// <summary>Settings are checked before anything begins, all of them at once.</summary>
public sealed class SettingsTests
{
    /// <summary>Values that cannot be right and texts that are none, in five classes: who mends them starts the app once, not six times.</summary>
    [Fact]
    public async Task Start_BadSettingsInSeveralClasses_AreAllInOneMessage()
    {
        using var host = Host(
            ("Access:BootstrapKey", "short"), ("Secrets:SealingKey", "no base64"), ("Outbound:ConnectionsPerHost", "0"), ("Runs:ClaimFor", "soon"),
            ("RateLimits:ApiBurst", "-3"), ("Delivery:MaxAttempts", "many"), ("Delivery:Slice", "01:00:00"));

        var failure = await Should.ThrowAsync<Exception>(() => host.StartAsync());

        foreach (var name in (string[])[
            "Access__BootstrapKey", "Secrets__SealingKey", "Outbound__ConnectionsPerHost", "Runs__ClaimFor is 'soon'", "RateLimits__ApiBurst", "Delivery__MaxAttempts is 'many'", "Delivery__Slice"])
        {
            failure.Message.ShouldContain(name);
        }

        failure.Message.ShouldNotContain("no base64", Case.Sensitive, "values of secrets are never told");
        failure.Message.ShouldContain("time such as 00:00:30");
    }

    [Theory]
    [InlineData("https://console.example.com/")]
    [InlineData("https://console.example.com/app")]
    [InlineData("https://console.example.com:443")]
    [InlineData("https://user@console.example.com")]
    [InlineData("console.example.com")]
    [InlineData("ftp://console.example.com")]
    [InlineData("*,https://console.example.com")]
    public void AllowedOrigins_NoOrigin_IsRefused(string origins) =>
        new CrossOriginOptionsValidator().Validate(null, new() { AllowedOrigins = origins }).FailureMessage.ShouldStartWith("Cors__AllowedOrigins holds");

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("https://console.example.com, http://localhost:5173")]
    public void AllowedOrigins_AsBrowsersSendThem_AreTaken(string origins) =>
        new CrossOriginOptionsValidator().Validate(null, new() { AllowedOrigins = origins }).Succeeded.ShouldBeTrue();

    [Fact]
    public void PreflightMaxAge_LongerThanBrowsersKeepIt_IsRefused() =>
        new CrossOriginOptionsValidator().Validate(null, new() { PreflightMaxAge = TimeSpan.FromDays(1) }).FailureMessage!.ShouldContain("Cors__PreflightMaxAge is 1.00:00:00");

    [Fact]
    public async Task Start_NothingSet_TakesTheDefaults()
    {
        using var host = Host(("Runs:HoldFor", ""), ("Runs:Unknown", "1"));
        await host.StartAsync();

        host.Services.GetRequiredService<RunOptions>().HoldFor.ShouldBe(TimeSpan.FromHours(72));
        host.Services.GetRequiredService<IOptions<AccessOptions>>().Value.BootstrapKey.ShouldBeNull();
    }

    [Fact]
    public async Task Start_EverythingSet_TakesIt()
    {
        using var host = Host(("Runs:HoldFor", "1.12:00:00"), ("Outbound:AllowPrivateAddresses", "True"), ("RateLimits:ApiPerSecond", "0.5"), ("Access:BootstrapKey", "long enough"));
        await host.StartAsync();

        host.Services.GetRequiredService<RunOptions>().HoldFor.ShouldBe(TimeSpan.FromHours(36));
        host.Services.GetRequiredService<IOptions<OutboundOptions>>().Value.AllowPrivateAddresses.ShouldBeTrue();
        host.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value.ApiPerSecond.ShouldBe(0.5);
        host.Services.GetRequiredService<IOptions<AccessOptions>>().Value.BootstrapKey.ShouldBe("long enough");
    }

    private static IHost Host(params (string Name, string Value)[] settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)));
        builder.Services.AddAccess().AddHttp().AddConnectors().AddRuns();
        return builder.Build();
    }
}
