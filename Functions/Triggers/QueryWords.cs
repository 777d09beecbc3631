using AudienceSync.Faults;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>Query parameters that take words of a closed list: <c>?status=queued&amp;status=attention</c>, or with commas between.</summary>
internal static class QueryWords
{
    public static IReadOnlyCollection<T> Read<T>(IQueryCollection query, string name, List<Fault> faults)
        where T : struct, Enum
    {
        var known = Enum.GetValues<T>().ToDictionary(JsonFields.Spelling, value => value);
        List<T> found = [];
        foreach (var text in query[name].SelectMany(text => (text ?? "").Split(',')))
        {
            if (known.TryGetValue(text, out var value))
            {
                found.Add(value);
            }
            else
            {
                faults.Add(new(name, "unknown_value", $"'{text}' is no {name}: one of {string.Join(", ", known.Keys)}.{NearestName.Suggestion(text, known.Keys)}"));
            }
        }

        return found;
    }

    public static Refusal Invalid(List<Fault> faults) => new(RefusalKind.Malformed, "invalid_parameter", "A parameter cannot be read") { Faults = [.. faults] };
}
