using System.Text;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AudienceSync.Access;

public sealed class CallerResolverTests : IDisposable
{
    private const string Principal = """
        {"auth_typ":"aad","name_typ":"n","role_typ":"roles","claims":[
         {"typ":"http://schemas.microsoft.com/identity/claims/objectidentifier","val":"oid-1"},{"typ":"roles","val":"viewer"},{"typ":"roles","val":"Editor"},{"typ":"roles","val":"owner"}]}
        """;

    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ApiKeyDirectory _directory;
    private readonly ApiKeyService _keys;

    public CallerResolverTests()
    {
        var store = new MemoryApiKeyStore();
        _directory = new(store, _time);
        _keys = new(store, _directory, _time);
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "bearer ")]
    [InlineData("x-functions-key", "")]
    public async Task Resolve_ApiKey_IsItsRole(string header, string prefix)
    {
        var issued = (await _keys.CreateAsync("ci", Role.Operator, expiresAt: null, CancellationToken.None)).ShouldBeOfType<Result<IssuedApiKey>.Ok>().Value;

        (await CallerAsync(new(), (header, prefix + issued.Value))).ShouldBe(new(issued.Key.Id, Role.Operator));
    }

    [Fact]
    public async Task Resolve_BootstrapKey_IsAdmin() =>
        (await CallerAsync(new() { BootstrapKey = "s3cret-key" }, ("x-functions-key", "s3cret-key"))).ShouldBe(new("bootstrap", Role.Admin) { Kind = CallerKind.Bootstrap });

    [Theory]
    [InlineData("x-functions-key", "s3cret-kez")]
    [InlineData("x-functions-key", "")]
    [InlineData("Authorization", "Basic s3cret-key")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("x-other", "s3cret-key")]
    public async Task Resolve_NoKeyThatHolds_Is401(string header, string value)
    {
        var refusal = await RefusalAsync(new() { BootstrapKey = "s3cret-key" }, (header, value));

        (refusal.Kind, refusal.Code).ShouldBe((RefusalKind.Unauthenticated, "unauthenticated"));
    }

    [Fact]
    public async Task Resolve_NoBootstrapKeyConfigured_EmptyKeyOpensNothing() =>
        (await RefusalAsync(new() { BootstrapKey = "" }, ("Authorization", "Bearer "), ("x-functions-key", ""))).Kind.ShouldBe(RefusalKind.Unauthenticated);

    [Fact]
    public async Task Resolve_PrincipalTrusted_ActsInItsWidestRole() =>
        (await CallerAsync(Trusting, (AppServicePrincipal.Header, Encode(Principal)), ("Authorization", "Bearer eyJ.entra.token")))
            .ShouldBe(new("oid-1", Role.Editor) { Kind = CallerKind.Entra });

    [Fact]
    public async Task Resolve_PrincipalNotTrusted_IsIgnored() =>
        (await RefusalAsync(new(), (AppServicePrincipal.Header, Encode(Principal)))).Kind.ShouldBe(RefusalKind.Unauthenticated);

    [Theory]
    [InlineData("""{"claims":[{"typ":"oid","val":"o"},{"typ":"roles","val":"owner"}]}""")]
    [InlineData("""{"claims":[{"typ":"roles","val":"admin"}]}""")]
    [InlineData("""{"claims":[{"typ":"oid","val":"o"},{"typ":"groups","val":"admin"}]}""")]
    [InlineData("""{"claims":7}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task Resolve_PrincipalWithoutARole_Is403(string principal) =>
        (await RefusalAsync(Trusting, (AppServicePrincipal.Header, Encode(principal)))).Kind.ShouldBe(RefusalKind.Forbidden);

    [Fact]
    public async Task Resolve_PrincipalNotBase64_Is403() => (await RefusalAsync(Trusting, (AppServicePrincipal.Header, "{}"))).Kind.ShouldBe(RefusalKind.Forbidden);

    [Theory]
    [InlineData("1234567", false)]
    [InlineData("12345678", true)]
    [InlineData(null, true)]
    public void Validate_BootstrapKey_TakesEightCharactersOrNone(string? key, bool isTaken) =>
        new AccessOptionsValidator().Validate(name: null, new() { BootstrapKey = key }).Succeeded.ShouldBe(isTaken);

    [Theory]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/bootstrap-key)")]
    [InlineData("@microsoft.keyvault(VaultName=kv;SecretName=bootstrap-key)")]
    public async Task Resolve_ReferenceThatWasNotLookedUp_IsNoKey(string reference)
    {
        var options = new AccessOptions { BootstrapKey = reference };

        new AccessOptionsValidator().Validate(name: null, options).Succeeded.ShouldBeTrue("the app starts without its bootstrap key");
        (await RefusalAsync(options, ("Authorization", $"Bearer {reference}"))).Code.ShouldBe("unauthenticated");
    }

    private static AccessOptions Trusting => new() { TrustAppServiceAuthentication = true };

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<Caller> CallerAsync(AccessOptions options, params (string Name, string Value)[] headers) =>
        (await ResolveAsync(options, headers)).ShouldBeOfType<Result<Caller>.Ok>().Value;

    private async Task<Refusal> RefusalAsync(AccessOptions options, params (string Name, string Value)[] headers) =>
        (await ResolveAsync(options, headers)).ShouldBeOfType<Result<Caller>.Refused>().Refusal;

    private Task<Result<Caller>> ResolveAsync(AccessOptions options, (string Name, string Value)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary[name] = value;
        }

        return new CallerResolver(_keys, Options.Create(options), NullLogger<CallerResolver>.Instance).ResolveAsync(dictionary, CancellationToken.None);
    }
}
