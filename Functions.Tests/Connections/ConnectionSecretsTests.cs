using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Faults;

namespace AudienceSync.Connections;

/// <summary>Secrets of connections in a vault.</summary>
public sealed class ConnectionSecretsTests
{
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemoryConnectionStore _store = new();
    private readonly ReversibleSealer _sealer = new();
    private readonly MemoryVault _vault = new();

    [Fact]
    public async Task Create_WithAVault_KeepsTheSecretThereAndItsNameHere()
    {
        var id = await CreateAsync("s3cr3t-key");

        var (entry, value) = _vault.Secrets.ShouldHaveSingleItem();
        value.ShouldBe("s3cr3t-key");
        entry.ShouldStartWith($"{id.Replace('_', '-')}-apiKey-");
        (await SealedAsync(id)).ShouldBe($"v1.{entry}");
        (await OpenedAsync(id)).ShouldBe("s3cr3t-key");
    }

    [Fact]
    public async Task Patch_NewSecret_ReplacesTheOneInTheVault()
    {
        var id = await CreateAsync("s3cr3t-key");

        (await PatchAsync(id, """{"secrets":{"apiKey":"an0ther-key"}}""")).ShouldBeOk();

        _vault.Secrets.Values.ShouldBe(["an0ther-key"]);
        (await OpenedAsync(id)).ShouldBe("an0ther-key");
    }

    [Fact]
    public async Task Patch_OtherField_KeepsTheSecret()
    {
        var id = await CreateAsync("s3cr3t-key");
        var entry = _vault.Secrets.Keys.Single();

        (await PatchAsync(id, """{"name":"Another name"}""")).ShouldBeOk();

        _vault.Secrets.Keys.ShouldBe([entry]);
    }

    [Fact]
    public async Task Patch_SecretCleared_IsDeletedFromTheVault()
    {
        var id = await CreateAsync("s3cr3t-key");
        (await PatchAsync(id, """{"secrets":{"signingSecret":"whsec_1"}}""")).ShouldBeOk();

        (await PatchAsync(id, """{"secrets":{"signingSecret":null}}""")).ShouldBeOk();

        _vault.Secrets.Values.ShouldBe(["s3cr3t-key"]);
    }

    [Fact]
    public async Task Patch_ThatIsRefused_WritesNothingIntoTheVault()
    {
        var id = await CreateAsync("s3cr3t-key");

        (await PatchAsync(id, """{"name":"","secrets":{"apiKey":"an0ther-key"}}""")).ShouldBeRefused("validation_failed");

        _vault.Secrets.Values.ShouldBe(["s3cr3t-key"]);
    }

    [Fact]
    public async Task Patch_WhileARunMarksTheConnection_LeavesOneSecretInTheVault()
    {
        var id = await CreateAsync("s3cr3t-key");
        _store.BeforeWrite = () =>
        {
            _store.BeforeWrite = null;
            Service().MarkUnauthorizedAsync(id, "401", default).GetAwaiter().GetResult();
        };

        (await PatchAsync(id, """{"secrets":{"apiKey":"an0ther-key"}}""")).ShouldBeOk();

        _vault.Secrets.Values.ShouldBe(["an0ther-key"]);
        (await OpenedAsync(id)).ShouldBe("an0ther-key");
    }

    [Fact]
    public async Task Patch_LostToAnother_LeavesNothingInTheVault()
    {
        var id = await CreateAsync("s3cr3t-key");
        var etag = (await Service().GetAsync(id, default)).ShouldBeOk().ETag;
        (await PatchAsync(id, """{"name":"Somebody was faster"}""")).ShouldBeOk();

        (await Service().PatchAsync(id, JsonElement.Parse("""{"secrets":{"apiKey":"too-late-key"}}"""), etag, default)).ShouldBeRefused("etag_mismatch");

        _vault.Secrets.Values.ShouldBe(["s3cr3t-key"]);
    }

    [Fact]
    public async Task Create_KeyTaken_LeavesNothingInTheVault()
    {
        await CreateAsync("s3cr3t-key");

        (await Service().CreateAsync(Body("second-key"), default)).ShouldBeRefused("key_taken");

        _vault.Secrets.Values.ShouldBe(["s3cr3t-key"]);
    }

    [Fact]
    public async Task Delete_Connection_DeletesItsSecrets()
    {
        var id = await CreateAsync("s3cr3t-key");

        (await Service().DeleteAsync(id, (await Service().GetAsync(id, default)).ShouldBeOk().ETag, default)).ShouldBeOk();

        _vault.Secrets.ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_SecretGoneFromTheVault_SaysWhatToDo()
    {
        var id = await CreateAsync("s3cr3t-key");
        _vault.Secrets.Clear();

        (await Service().OpenAsync(id, default)).ShouldBeRefused("secret_unreadable").Detail!.ShouldContain("recover");
    }

    [Fact]
    public async Task Open_ReferenceOfAnotherConnection_OpensNothing()
    {
        var id = await CreateAsync("s3cr3t-key");
        var other = (await Service().CreateAsync(JsonElement.Parse("""{"key":"other","type":"open","settings":{"url":"https://hooks.example/"},"secrets":{"apiKey":"other-key"}}"""), default)).ShouldBeOk();
        var thief = (await _store.GetAsync(other.Id, default))!;
        await _store.TryReplaceAsync(thief with { Secrets = thief.Secrets.SetItem("apiKey", (await _store.GetAsync(id, default))!.Secrets["apiKey"]) }, default);

        (await Service().OpenAsync(other.Id, default)).ShouldBeRefused("secret_unreadable");
    }

    [Fact]
    public async Task Open_SealedBeforeThereWasAVault_StillOpens()
    {
        var id = (await Service(withVault: false).CreateAsync(Body("s3cr3t-key"), default)).ShouldBeOk().Id;

        (await OpenedAsync(id)).ShouldBe("s3cr3t-key");
        _vault.Secrets.ShouldBeEmpty();
        (await PatchAsync(id, """{"secrets":{"apiKey":"an0ther-key"}}""")).ShouldBeOk();
        _vault.Secrets.Values.ShouldBe(["an0ther-key"]);
    }

    [Fact]
    public async Task Open_VaultNoLongerNamed_SaysWhatToSet()
    {
        var id = await CreateAsync("s3cr3t-key");

        (await Service(withVault: false).OpenAsync(id, default)).ShouldBeRefused("secret_unreadable").Detail!.ShouldContain("Secrets__VaultUri");
    }

    private static JsonElement Body(string secret) => JsonElement.Parse(
        $$$"""{"key":"hook","type":"open","name":"Hook","settings":{"url":"https://hooks.example/audience"},"secrets":{"apiKey":"{{{secret}}}"}}""");

    private async Task<string> CreateAsync(string secret) => (await Service().CreateAsync(Body(secret), default)).ShouldBeOk().Id;

    private async Task<Result<ConnectionView>> PatchAsync(string id, string patch) =>
        await Service().PatchAsync(id, JsonElement.Parse(patch), (await Service().GetAsync(id, default)).ShouldBeOk().ETag, default);

    private async Task<string> SealedAsync(string id) => (await _store.GetAsync(id, default))!.Secrets["apiKey"].Sealed;

    private async Task<string> OpenedAsync(string id) => (await Service().OpenAsync(id, default)).ShouldBeOk().Settings["apiKey"];

    private ConnectionService Service(bool withVault = true) => new(
        _store, TestConnectors.Catalog, new(TestConnectors.Catalog, new ConnectionDefaultsRules(), new(false)), new(_sealer, _time, withVault ? _vault : null), [], _time);
}
