namespace AudienceSync.Local.Platforms;

/// <summary>The calls a platform knows. A pattern is <c>/lists/{id}/members</c>; <c>{rest*}</c> at its end takes the rest of the path; case counts.</summary>
internal sealed class Routes
{
    private readonly List<Route> _routes = [];

    /// <param name="kind">What the call is counted under; several calls may share one.</param>
    public Routes Add(string kind, string method, string pattern, Func<Call, Answer> serve, bool isOpen = false)
    {
        _routes.Add(new(kind, method, [.. pattern.Split('/').Skip(1)], serve, isOpen));
        return this;
    }

    public Routes Get(string kind, string pattern, Func<Call, Answer> serve) => Add(kind, "GET", pattern, serve);

    public Routes Post(string kind, string pattern, Func<Call, Answer> serve) => Add(kind, "POST", pattern, serve);

    public Routes Put(string kind, string pattern, Func<Call, Answer> serve) => Add(kind, "PUT", pattern, serve);

    public Routes Patch(string kind, string pattern, Func<Call, Answer> serve) => Add(kind, "PATCH", pattern, serve);

    public Routes Delete(string kind, string pattern, Func<Call, Answer> serve) => Add(kind, "DELETE", pattern, serve);

    /// <summary>A call that needs no credentials, or brings them in its body: token endpoints.</summary>
    public Routes Open(string kind, string method, string pattern, Func<Call, Answer> serve) => Add(kind, method, pattern, serve, isOpen: true);

    /// <returns>The first route that fits, and the values of its placeholders; whether the path fits another method.</returns>
    public (Route? Route, IReadOnlyDictionary<string, string> Values, bool IsOtherMethod) Find(string method, string rawPath)
    {
        string[] path = [.. rawPath.Split('/').Skip(1).Select(Uri.UnescapeDataString)];
        var isOtherMethod = false;
        foreach (var route in _routes)
        {
            if (Match(route.Pattern, path) is { } values)
            {
                if (route.Method == method)
                {
                    return (route, values, false);
                }

                isOtherMethod = true;
            }
        }

        return (null, new Dictionary<string, string>(), isOtherMethod);
    }

    private static Dictionary<string, string>? Match(string[] pattern, string[] path)
    {
        var values = new Dictionary<string, string>();
        for (var at = 0; at < pattern.Length; at++)
        {
            var part = pattern[at];
            if (part.EndsWith("*}", StringComparison.Ordinal))
            {
                values[part[1..^2]] = string.Join('/', path.Skip(at));
                return values;
            }

            if (at >= path.Length)
            {
                return null;
            }

            // "{id}.json", "v{version}": a placeholder between fixed words.
            var (open, close) = (part.IndexOf('{', StringComparison.Ordinal), part.IndexOf('}', StringComparison.Ordinal));
            var (head, tail) = open < 0 ? (part, "") : (part[..open], part[(close + 1)..]);
            if (open < 0 ? part != path[at] : path[at].Length <= head.Length + tail.Length || !path[at].StartsWith(head, StringComparison.Ordinal) || !path[at].EndsWith(tail, StringComparison.Ordinal))
            {
                return null;
            }

            if (open >= 0)
            {
                values[part[(open + 1)..close]] = path[at][head.Length..^tail.Length];
            }
        }

        return path.Length == pattern.Length ? values : null;
    }

    internal sealed record Route(string Kind, string Method, string[] Pattern, Func<Call, Answer> Serve, bool IsOpen);
}
