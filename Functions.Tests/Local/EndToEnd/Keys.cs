namespace AudienceSync.Local.EndToEnd;

/// <summary>Keys of every role.</summary>
internal static class Keys
{
    /// <summary>A client with a new key of that role.</summary>
    public static async Task<ApiClient> CreateAsync(ApiClient admin, string role) =>
        admin.As((await admin.PostAsync("api-keys", $$"""{"name":"{{role}} key","role":"{{role}}"}""")).ShouldBe(201).Json["key"]!.GetValue<string>());
}
