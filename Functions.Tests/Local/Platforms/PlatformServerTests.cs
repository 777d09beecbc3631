using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;

namespace AudienceSync.Local.Platforms;

/// <summary>The platforms in play refuse what the real ones refuse.</summary>
public sealed class PlatformServerTests : IAsyncLifetime, IDisposable
{
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly HttpClient _http = new();
    private PlatformServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await PlatformServer.StartAsync(_time);
        _http.BaseAddress = _server.Address;
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _http.Dispose();

    /// <summary>One call of each platform that needs credentials, with none.</summary>
    [Theory]
    [InlineData("klaviyo", "GET", "/api/accounts", 401)]
    [InlineData("mailchimp", "GET", "/3.0/ping", 401)]
    [InlineData("braze", "GET", "/segments/list", 401)]
    [InlineData("hubspot", "GET", "/crm/v3/objects/contacts", 401)]
    [InlineData("salesforce", "GET", "/services/data/v64.0/limits", 401)]
    [InlineData("zendesk", "GET", "/api/v2/users/show_many.json?ids=1", 401)]
    [InlineData("dotdigital", "GET", "/v2/account-info", 401)]
    [InlineData("campaign-monitor", "GET", "/api/v3.3/clients.json", 401)]
    [InlineData("customerio", "GET", "/api/v1/accounts/region", 401)]
    [InlineData("iterable", "GET", "/api/lists", 401)]
    [InlineData("sendgrid", "GET", "/v3/marketing/lists", 401)]
    [InlineData("intercom", "GET", "/me", 401)]
    [InlineData("meta-custom-audiences", "GET", "/v25.0/me/adaccounts", 401)]
    [InlineData("criteo-audiences", "GET", "/2026-07/advertisers/me", 401)]
    [InlineData("attentive", "GET", "/v2/me", 401)]
    [InlineData("google-ads-customer-match", "GET", "/v1/accountTypes/GOOGLE_ADS/accounts/1234567890/userLists", 401)]
    [InlineData("linkedin-audiences", "GET", "/rest/me", 401)]
    [InlineData("purchasely-audiences", "GET", "/client/mobile_applications/app_0123/custom_audiences", 401)]
    [InlineData("shopify", "POST", "/admin/api/2026-07/graphql.json", 401)]
    [InlineData("amazon-s3", "PUT", "/acme-drop/a.csv", 403)]
    [InlineData("google-cloud-storage", "POST", "/upload/storage/v1/b/acme-drop/o?uploadType=media&name=a", 401)]
    [InlineData("azure-blob", "PUT", "/drop/a.csv", 403)]
    [InlineData("webhook", "POST", "/audience", 401)]
    [InlineData("tiktok-audiences", "GET", "/open_api/v1.3/user/info/", 200)]
    public async Task Call_WithoutCredentials_IsRefused(string slug, string method, string path, int status)
    {
        using var answer = await _http.SendAsync(new(new(method), $"/{slug}{path}"));

        ((int)answer.StatusCode).ShouldBe(status);
        (await StateAsync(slug))["refusedCount"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task Tokens_AreIssuedEndAndAreRefusedThen()
    {
        using var granted = await _http.PostAsync("/criteo-audiences/oauth2/token", new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "client"), new("client_secret", "secret")]));
        var token = (await granted.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
        (await MeAsync()).ShouldBe(HttpStatusCode.OK);

        _time.Advance(TimeSpan.FromMinutes(15));

        (await MeAsync()).ShouldBe(HttpStatusCode.Unauthorized);

        async Task<HttpStatusCode> MeAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/criteo-audiences/2026-07/advertisers/me") { Headers = { Authorization = new("Bearer", token) } };
            using var answer = await _http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Klaviyo_OneBadAddress_RefusesTheWholeImport()
    {
        var (status, body) = await KlaviyoImportAsync("ana@acme-shop.com", "bad@");

        status.ShouldBe(HttpStatusCode.BadRequest);
        body["errors"]!.AsArray().ShouldHaveSingleItem()!["source"]!["pointer"]!.GetValue<string>().ShouldBe("/data/attributes/profiles/data/1/attributes/email");
        (await StateAsync("klaviyo"))["contacts"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Klaviyo_Import_CountsOnceItsJobIsDone()
    {
        (await KlaviyoImportAsync("ana@acme-shop.com")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await StateAsync("klaviyo"))["contacts"]!.AsArray().ShouldBeEmpty();

        _time.Advance(TimeSpan.FromSeconds(10));

        (await StateAsync("klaviyo"))["contacts"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Klaviyo_MoreCallsThanASecondTakes_AreThrottledUntilItIsOver()
    {
        List<HttpStatusCode> statuses = [];
        for (var call = 0; call < 11; call++)
        {
            statuses.Add((await KlaviyoImportAsync("ana@acme-shop.com")).Status);
        }

        statuses.Take(10).ShouldAllBe(status => status == HttpStatusCode.Accepted);
        statuses[10].ShouldBe(HttpStatusCode.TooManyRequests);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await KlaviyoImportAsync("ana@acme-shop.com")).Status.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Meta_HashInUpperCase_IsCountedAndNotTaken()
    {
        var hash = PlatformCase.Sha256("ana@acme-shop.com");
        await SeedAsync("meta-custom-audiences", """{"lists":[{"id":"77","name":"VIPs"}]}""");

        var answer = await PostAsync(
            "/meta-custom-audiences/v25.0/77/users",
            $$$"""{"payload":{"schema":["EMAIL","PHONE"],"data":[["{{{hash}}}",""],["{{{hash.ToUpperInvariant()}}}",""]]}}""", "EAAB0123456789");

        (answer["num_received"]!.GetValue<int>(), answer["num_invalid_entries"]!.GetValue<int>()).ShouldBe((2, 1));
        (await StateAsync("meta-custom-audiences"))["lists"]![0]!["members"]!.ToJsonString().ShouldBe($"""["{hash}"]""");
    }

    [Fact]
    public async Task Purchasely_SecondMutationWhileOneRuns_Conflicts()
    {
        await SeedAsync("purchasely-audiences", """{"lists":[{"id":"vips","name":"VIPs"}]}""");
        const string users = "/purchasely-audiences/client/mobile_applications/app_0123/custom_audiences/vips/users";
        await PostAsync(users, """{"add":["u1"]}""", "purchasely-key");

        (await PostAsync(users, """{"add":["u2"]}""", "purchasely-key"))["error"]!["code"]!.GetValue<string>().ShouldBe("MUTATION_IN_PROGRESS");
    }

    [Fact]
    public async Task Iterable_TypeOfAFieldChanges_IsRefused()
    {
        await SeedAsync("iterable", """{"lists":[{"id":"7","name":"VIPs"}]}""");
        (await SubscribeAsync("1"))["successCount"]!.GetValue<int>().ShouldBe(1);

        (await SubscribeAsync("\"one\""))["code"]!.GetValue<string>().ShouldBe("RequestFieldsTypesMismatched");

        Task<JsonObject> SubscribeAsync(string orders) => PostAsync(
            "/iterable/api/lists/subscribe", $$$"""{"listId":7,"subscribers":[{"email":"ana@acme-shop.com","dataFields":{"orders":{{{orders}}}}}]}""", "iterable-server-key", "Api-Key");
    }

    [Fact]
    public async Task Shopify_AliasedMutations_AnswerEachByItsName()
    {
        await SeedAsync("shopify", """{"contacts":[{"keys":{"email":"ana@acme-shop.com"},"tags":["kept"]}]}""");

        var answer = await PostAsync(
            "/shopify/admin/api/2026-07/graphql.json",
            """{"query":"mutation M($a: ID!, $t: [String!]!) { c0: tagsAdd(id: $a, tags: $t) { node { id } userErrors { message } } c1: tagsAdd(id: \"gid://shopify/Customer/1\", tags: [\"vip\"]) { userErrors { message } } }","variables":{"a":"gid://shopify/Customer/7001","t":["vip"]}}""",
            "shpat_0123456789abcdef", "X-Shopify-Access-Token");

        answer["data"]!["c0"]!["node"]!["id"]!.GetValue<string>().ShouldBe("gid://shopify/Customer/7001");
        answer["data"]!["c1"]!["userErrors"]![0]!["message"]!.GetValue<string>().ShouldBe("Customer does not exist");
        (await StateAsync("shopify"))["contacts"]![0]!["tags"]!.ToJsonString().ShouldBe("""["kept","vip"]""");
    }

    [Fact]
    public async Task Control_ThrottleTwice_IsOverAfterTwo()
    {
        await SendAsync("/__control/iterable", """{"fail":"throttle","times":2}""");

        List<int> statuses = [];
        for (var call = 0; call < 3; call++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/iterable/api/lists") { Headers = { { "Api-Key", "iterable-server-key" } } };
            using var answer = await _http.SendAsync(request);
            statuses.Add((int)answer.StatusCode);
        }

        statuses.ShouldBe([429, 429, 200]);
    }

    [Fact]
    public async Task Path_WithoutPrefix_GoesToTheOnePlatformThatKnowsIt()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/3.0/ping") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdef0123456789abcdef-us19") } };
        using var answer = await _http.SendAsync(request);

        (await answer.Content.ReadAsStringAsync()).ShouldContain("Chimpy");
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> KlaviyoImportAsync(params string[] emails)
    {
        var profiles = new JsonArray([.. emails.Select(email => new JsonObject { ["type"] = "profile", ["attributes"] = new JsonObject { ["email"] = email } })]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/klaviyo/api/profile-bulk-import-jobs")
        {
            Headers = { { "Authorization", "Klaviyo-API-Key pk_0123456789abcdef" }, { "revision", "2026-07-15" } },
            Content = JsonContent.Create(new JsonObject { ["data"] = new JsonObject { ["type"] = "profile-bulk-import-job", ["attributes"] = new JsonObject { ["profiles"] = new JsonObject { ["data"] = profiles } } } }),
        };
        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    private async Task<JsonObject> PostAsync(string path, string body, string key, string header = "Authorization")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Add(header, header == "Authorization" ? $"Bearer {key}" : key);
        using var answer = await _http.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private Task SeedAsync(string slug, string seed) => SendAsync($"/__seed/{slug}", seed);

    private async Task SendAsync(string path, string body)
    {
        using var answer = await _http.PostAsync(path, new StringContent(body, new MediaTypeHeaderValue("application/json")));
        answer.IsSuccessStatusCode.ShouldBeTrue();
    }

    private async Task<JsonObject> StateAsync(string slug) => (await _http.GetFromJsonAsync<JsonObject>($"/__state/{slug}"))!;
}
