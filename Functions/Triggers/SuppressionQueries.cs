using AudienceSync.Faults;
using AudienceSync.Suppressions;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>Query parameters of the suppression list.</summary>
internal static class SuppressionQueries
{
    public static Result<SuppressionFilter> ReadFilter(IQueryCollection query)
    {
        List<Fault> faults = [];
        string? type = null;
        if (query["type"].FirstOrDefault() is { } name && (type = SuppressionType.Find(name)) is null)
        {
            faults.Add(new("type", "unknown_value", $"'{name}' is no type: one of {string.Join(", ", SuppressionType.All)}.{NearestName.Suggestion(name, SuppressionType.All)}"));
        }

        var origins = QueryWords.Read<SuppressionOrigin>(query, "origin", faults);
        return faults.Count > 0
            ? QueryWords.Invalid(faults)
            : new SuppressionFilter(type, origins.Count == 1 ? origins.First() : null, query["erasureId"].FirstOrDefault());
    }
}
