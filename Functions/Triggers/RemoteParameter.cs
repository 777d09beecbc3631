using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>The query parameter <c>remote</c>: what becomes of the members that a deleted destination added.</summary>
internal static class RemoteParameter
{
    private const string Name = "remote";

    /// <summary><c>leave</c> (default) or <c>cleanUp</c>; no other parameter.</summary>
    public static Result<RemoteMembers> Read(HttpRequest request) => ApiRequest.UnknownParameters(request, Name) is { } refusal
        ? refusal
        : request.Query[Name].ToString() switch
        {
            "" or "leave" => RemoteMembers.Leave,
            "cleanUp" => RemoteMembers.CleanUp,
            var other => QueryValues.Invalid(Name, other, ["leave", "cleanUp"]),
        };
}

/// <summary>What is wrong with the values of query parameters.</summary>
internal static class QueryValues
{
    public static Refusal Invalid(string name, string value, IReadOnlyList<string> known) => new(
        RefusalKind.Malformed,
        "invalid_parameter",
        "A parameter is out of range",
        $"{name} is '{value}', but takes {string.Join(" or ", known)}.{NearestName.Suggestion(value, known)}");
}
