namespace AudienceSync.Local.EndToEnd;

/// <summary>Who may do what: every role at the doors of every kind.</summary>
[Collection(ApiCollection.Name)]
public sealed class RolesWalkTests(RunningApp app)
{
    /// <summary>Roles that may pass; bodies are such that nothing comes of it.</summary>
    private static readonly (string Method, string Path, string? Body, string[] Roles)[] Doors =
    [
        ("GET", "me", null, ["viewer", "operator", "editor", "admin", "ingest"]),
        ("GET", "segments", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "connections", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "runs", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "profiles/nobody", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "profiles/nobody/consents", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "profiles/nobody/consents/marketing", null, ["viewer", "operator", "editor", "admin"]),
        ("PUT", "profiles/nobody/consents/marketing", "{}", ["ingest", "editor", "admin"]),
        ("GET", "suppressions", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "suppressions/sup_none", null, ["viewer", "operator", "editor", "admin"]),
        ("POST", "suppressions", "{}", ["editor", "admin"]),
        ("POST", "suppressions/lookup", "{}", ["editor", "admin"]),
        ("DELETE", "suppressions/sup_none", null, ["editor", "admin"]),
        ("GET", "erasures", null, ["viewer", "operator", "editor", "admin"]),
        ("GET", "erasures/ers_none", null, ["viewer", "operator", "editor", "admin"]),
        ("POST", "erasures", "{}", ["admin"]),
        ("POST", "segments/estimate", "{}", ["viewer", "operator", "editor", "admin"]),
        ("POST", "destinations/dst_none/runs", "{}", ["operator", "editor", "admin"]),
        ("POST", "runs/run_none/cancel", null, ["operator", "editor", "admin"]),
        ("POST", "destinations/dst_none/test-events", "{}", ["operator", "editor", "admin"]),
        ("PATCH", "destinations/dst_none", "{}", ["operator", "editor", "admin"]),
        ("POST", "segments", "{}", ["editor", "admin"]),
        ("POST", "destinations", "{}", ["editor", "admin"]),
        ("DELETE", "destinations/dst_none", null, ["editor", "admin"]),
        ("POST", "connections", "{}", ["admin"]),
        ("POST", "connections/con_none/checks", null, ["admin"]),
        ("GET", "api-keys", null, ["admin"]),
        ("POST", "api-keys", "{}", ["admin"]),
        ("GET", "audit-events", null, ["admin"]),
        ("GET", "config", null, ["admin"]),
        ("PUT", "config?plan=true", "{}", ["admin"]),
        ("DELETE", "profiles/nobody", null, ["admin"]),
        ("POST", "profiles/batch", "{}", ["ingest", "admin"]),
        ("POST", "profiles", "{}", ["ingest", "admin"]),
        ("POST", "imports", "{}", ["ingest", "admin"]),
        ("GET", "imports/imp_none", null, ["viewer", "operator", "editor", "admin", "ingest"]),
    ];

    [Theory]
    [InlineData("viewer")]
    [InlineData("operator")]
    [InlineData("editor")]
    [InlineData("admin")]
    [InlineData("ingest")]
    public async Task Role_AtEveryDoor_PassesThoseItMayAlone(string role)
    {
        using var client = await Keys.CreateAsync(app.Api, role);
        (await client.GetAsync("me")).ShouldBe(200).Json["role"]!.GetValue<string>().ShouldBe(role);

        foreach (var (method, path, body, roles) in Doors)
        {
            var answer = await SendAsync(client, method, path, body);
            if (roles.Contains(role))
            {
                answer.Status.ShouldNotBe(403, $"{method} {path}");
                answer.Status.ShouldBeLessThan(500, $"{method} {path}: {answer.Text}");
            }
            else
            {
                answer.Status.ShouldBe(403, $"{method} {path}");
                answer.ShouldBeProblem(403, "role_too_low");
            }
        }
    }

    [Fact]
    public async Task NoKey_AtEveryDoor_Is401()
    {
        using var nobody = app.Api.As(null);
        using var forger = app.Api.As("as_forged_key_of_nobody");

        foreach (var (method, path, body, _) in Doors)
        {
            (await SendAsync(nobody, method, path, body)).ShouldBeProblem(401, "unauthenticated").Headers["WWW-Authenticate"].ShouldStartWith("Bearer");
            (await SendAsync(forger, method, path, body)).ShouldBe(401);
        }

        (await nobody.GetAsync("health/live")).ShouldBe(200);
        (await nobody.GetAsync("health/ready")).ShouldBe(401);
    }

    [Fact]
    public async Task Key_InTheFunctionsHeader_CountsToo()
    {
        using var nobody = app.Api.As(null);

        (await nobody.GetAsync("me", ("x-functions-key", AppProcess.Key))).ShouldBe(200).Json["role"]!.GetValue<string>().ShouldBe("admin");
    }

    private static Task<Answer> SendAsync(ApiClient client, string method, string path, string? body) =>
        client.SendAsync(new(method), path, body, method == "PATCH" ? "application/merge-patch+json" : "application/json", ("If-Match", "\"1\""));
}
