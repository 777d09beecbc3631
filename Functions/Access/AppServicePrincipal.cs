using System.Buffers.Text;
using System.Text.Json;

namespace AudienceSync.Access;

/// <summary>The principal that App Service authentication puts in front of the app.</summary>
/// <remarks>
/// Header <c>X-MS-CLIENT-PRINCIPAL</c>: base64 of <c>{"auth_typ","claims":[{"typ","val"}],"name_typ","role_typ"}</c>
/// (learn.microsoft.com/azure/app-service/configure-authentication-user-identities, read 2026-08). Entra app roles come as claims <c>roles</c>.
/// </remarks>
internal static class AppServicePrincipal
{
    public const string Header = "X-MS-CLIENT-PRINCIPAL";

    private static readonly string[] IdClaims = ["http://schemas.microsoft.com/identity/claims/objectidentifier", "oid"];
    private static readonly string[] RoleClaims = ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];

    /// <summary>Ranked: whoever has several roles acts in the widest.</summary>
    private static readonly Role[] WidestFirst = [Role.Admin, Role.Editor, Role.Operator, Role.Viewer, Role.Ingest];

    /// <summary>The caller the header names; null when it cannot be read, names nobody, or holds none of our roles.</summary>
    public static Caller? Read(string header)
    {
        if (!Base64.IsValid(header))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(header));
            return document.RootElement.ValueKind is JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Caller? Read(JsonElement principal)
    {
        var claims = Claims(principal).ToList();
        string[] roleTypes = [.. RoleClaims, Text(principal, "role_typ") ?? RoleClaims[0]];
        var words = claims.Where(claim => roleTypes.Contains(claim.Type)).Select(claim => claim.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var id = claims.Find(claim => IdClaims.Contains(claim.Type)).Value;
        var roles = WidestFirst.Where(role => words.Contains(role.Word)).ToList();
        return id is null || roles.Count == 0 ? null : new(id, roles[0]) { Kind = CallerKind.Entra };
    }

    private static IEnumerable<(string Type, string Value)> Claims(JsonElement principal)
    {
        if (!principal.TryGetProperty("claims", out var claims) || claims.ValueKind is not JsonValueKind.Array)
        {
            yield break;
        }

        foreach (var claim in claims.EnumerateArray())
        {
            if (claim.ValueKind is JsonValueKind.Object && Text(claim, "typ") is { } type && Text(claim, "val") is { } value)
            {
                yield return (type, value);
            }
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
