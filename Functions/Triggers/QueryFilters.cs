using AudienceSync.Faults;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>Reads query parameters that filter a list or bound a span of time.</summary>
internal static class QueryFilters
{
    public static Refusal Invalid(List<Fault> faults) => new(RefusalKind.Malformed, "invalid_parameter", "A parameter cannot be read") { Faults = [.. faults] };

    /// <summary>The words of a parameter that may come several times, or with commas between; empty when it does not come.</summary>
    public static IReadOnlyList<string> Words(IQueryCollection query, string name) => [.. query[name].SelectMany(text => (text ?? "").Split(','))];

    /// <summary>As <see cref="Words"/>, of a closed list.</summary>
    public static List<T> Choices<T>(IQueryCollection query, string name, List<Fault> faults)
        where T : struct, Enum
    {
        var known = Enum.GetValues<T>().ToDictionary(JsonFields.Spelling, value => value);
        List<T> found = [];
        foreach (var text in Words(query, name))
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

    /// <summary>The word of a parameter that comes once at most.</summary>
    public static T? Choice<T>(IQueryCollection query, string name, List<Fault> faults)
        where T : struct, Enum
    {
        var found = Choices<T>(query, name, faults);
        if (found.Count > 1)
        {
            faults.Add(new(name, "too_many", $"{name} takes one value."));
        }

        return found is [var only] ? only : null;
    }

    public static bool? Flag(IQueryCollection query, string name, List<Fault> faults)
    {
        switch (query[name].FirstOrDefault())
        {
            case null:
                return null;
            case "true":
                return true;
            case "false":
                return false;
            case var other:
                faults.Add(new(name, "wrong_type", $"{name} is true or false, not '{other}'."));
                return null;
        }
    }

    /// <summary>An RFC 3339 moment, or a date: its midnight UTC.</summary>
    public static DateTimeOffset? Moment(IQueryCollection query, string name, List<Fault> faults)
    {
        if (query[name].FirstOrDefault() is not { } text)
        {
            return null;
        }

        if (Timestamps.TryParse(text, out var moment))
        {
            return moment;
        }

        if (Timestamps.TryParseDate(text, out var day))
        {
            return new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        }

        faults.Add(new(name, "wrong_type", $"'{text}' is no RFC 3339 moment or date, such as 2026-10-01T00:00:00Z or 2026-10-01."));
        return null;
    }
}
