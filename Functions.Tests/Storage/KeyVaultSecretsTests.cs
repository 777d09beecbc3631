using System.Net;
using AudienceSync.Fakes;
using Azure;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Storage;

/// <summary>Secrets over the real client and the real protocol, with the vault played.</summary>
public sealed class KeyVaultSecretsTests : IDisposable
{
    private const string Name = "con-01K9-apiKey-01KA";

    private readonly FakeKeyVault _vault = new();
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly KeyVaultSecrets _secrets;

    public KeyVaultSecretsTests() => _secrets = Open();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task Set_Secret_IsInTheVaultAndFoundThere()
    {
        await _secrets.SetAsync(Name, "s3cr3t", default);

        _vault.ValueOf(Name).ShouldBe("s3cr3t");
        (await _secrets.FindAsync(Name, default)).ShouldBe("s3cr3t");
    }

    [Fact]
    public async Task Find_Again_AsksTheVaultAfterFiveMinutesOnly()
    {
        await _secrets.SetAsync(Name, "s3cr3t", default);
        _vault.Requests.Clear();

        await _secrets.FindAsync(Name, default);
        await _secrets.FindAsync(Name, default);
        _vault.Requests.ShouldBe([$"GET {Name}"]);

        _time.Advance(KeyVaultSecrets.RememberFor);
        await _secrets.FindAsync(Name, default);
        _vault.Requests.ShouldBe([$"GET {Name}", $"GET {Name}"]);
    }

    [Fact]
    public async Task Find_NoSuchSecret_IsNull() => (await _secrets.FindAsync("con-none", default)).ShouldBeNull();

    [Fact]
    public async Task Find_Disabled_IsNullOnceForgotten()
    {
        await _secrets.SetAsync(Name, "s3cr3t", default);
        await _secrets.FindAsync(Name, default);
        _vault.Disable(Name);

        (await _secrets.FindAsync(Name, default)).ShouldBe("s3cr3t");
        _time.Advance(KeyVaultSecrets.RememberFor);
        (await _secrets.FindAsync(Name, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Find_VaultRefusesTheApp_Throws()
    {
        _vault.Faults.Enqueue((HttpStatusCode.Forbidden, "Forbidden"));

        (await Should.ThrowAsync<RequestFailedException>(() => _secrets.FindAsync(Name, default))).Status.ShouldBe(403);
    }

    [Fact]
    public async Task Delete_Secret_IsGoneFromTheVaultAndFromMemory()
    {
        await _secrets.SetAsync(Name, "s3cr3t", default);
        await _secrets.FindAsync(Name, default);

        await _secrets.DeleteAsync(Name, default);
        await _secrets.DeleteAsync(Name, default);

        _vault.ValueOf(Name).ShouldBeNull();
        (await _secrets.FindAsync(Name, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_VaultFails_IsLeftForLater()
    {
        await _secrets.SetAsync(Name, "s3cr3t", default);
        _vault.Faults.Enqueue((HttpStatusCode.Forbidden, "Forbidden"));

        await _secrets.DeleteAsync(Name, default);

        _vault.ValueOf(Name).ShouldBe("s3cr3t");
    }

    private KeyVaultSecrets Open()
    {
        var options = new SecretClientOptions { Transport = new HttpClientTransport(new HttpClient(_vault)), Retry = { MaxRetries = 0 } };
        return new(new SecretClient(FakeKeyVault.Address, FakeKeyVault.Credential, options), _time, NullLogger<KeyVaultSecrets>.Instance);
    }
}
