using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms;

/// <summary>A platform in play: its calls, what it keeps, how it refuses. One call at a time.</summary>
internal abstract class Platform
{
    private readonly Lock _gate = new();

    protected Platform(string slug, TimeProvider time)
    {
        (Slug, Time) = (slug, time);
        Jobs = new(time);
        Tokens = new(time);
    }

    /// <summary>The connector's slug and the prefix of the platform's addresses.</summary>
    public string Slug { get; }

    /// <summary>What a connection to it is given, by the names of the connector's settings where they are known.</summary>
    public abstract JsonObject Settings { get; }

    /// <summary>Serves any path: cannot be meant by a call without a prefix.</summary>
    public virtual bool TakesAnyPath => false;

    public ContactBook Contacts { get; protected init; } = new();

    public SortedDictionary<string, RemoteList> Lists { get; } = new(StringComparer.Ordinal);

    public JobBook Jobs { get; }

    public TokenBook Tokens { get; }

    public CallLog Log { get; } = new();

    public Failures Failures { get; } = new();

    /// <summary>Anything else a platform keeps, for the state page: files, events.</summary>
    public JsonObject Extras { get; } = [];

    public Routes Routes { get; } = new();

    protected TimeProvider Time { get; }

    /// <summary>Bytes of a body; null for no limit.</summary>
    protected virtual int? MaxBodyBytes => null;

    protected virtual IReadOnlyList<RateLimit> Limits => [];

    /// <summary>Null when the caller is welcome.</summary>
    protected abstract Answer? Authenticate(Call call);

    /// <summary>A refusal in the platform's own shape.</summary>
    protected abstract Answer Refuse(int status, string code, string message);

    protected virtual Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "too_many_requests", "Too many requests.").With("Retry-After", Seconds(wait));

    protected virtual Answer Outage(Call call) => Refuse(503, "service_unavailable", "The service is unavailable.");

    protected virtual Answer Unauthorized(Call call) => Refuse(401, "unauthorized", "The credentials are not valid.");

    protected virtual Answer NotFound(Call call) => Refuse(404, "not_found", $"Nothing is found at {call.Method} {call.RawPath}.");

    protected virtual Answer TooLarge(Call call) => Refuse(413, "payload_too_large", "The body is too large.");

    protected virtual Answer Malformed(Call call, string message) => Refuse(400, "malformed", message);

    /// <summary>Rules for every call but open ones, after authentication: headers, versions.</summary>
    protected virtual Answer? Admit(Call call) => null;

    /// <summary>Added to every answer: what is left of a rate.</summary>
    protected virtual Answer Finish(Call call, Answer answer) => answer;

    public Answer Serve(Call call)
    {
        lock (_gate)
        {
            Jobs.FinishDue();
            var (route, values, isOtherMethod) = Routes.Find(call.Method, call.RawPath);
            call.Values = values;
            var kind = route?.Kind ?? "unknown";
            Log.Count(kind);
            var answer = Finish(call, Serve(call, route, kind, isOtherMethod));
            if (answer.IsRefusal && !answer.IsLost)
            {
                Log.Refuse(new(kind, $"{call.Method} {call.RawPath}", answer.Status, answer.Why ?? Shorten(System.Text.Encoding.UTF8.GetString(answer.Body))));
            }

            return answer;
        }
    }

    /// <summary>Something about the platform that is read or changed from outside its calls.</summary>
    public T Visit<T>(Func<Platform, T> visit)
    {
        lock (_gate)
        {
            return visit(this);
        }
    }

    /// <summary>Whether the platform was told to refuse this identifier.</summary>
    protected bool IsBad(string? identifier) => identifier is not null && Failures.BadRows.Contains(identifier);

    /// <summary>The list, made when there is none.</summary>
    public RemoteList EnsureList(string id, string name, string kind = "")
    {
        if (!Lists.TryGetValue(id, out var list))
        {
            Lists.Add(id, list = new(id, name, kind));
        }

        return list;
    }

    /// <summary>The id of the n-th list.</summary>
    public virtual string NewListId() => (1000 + Lists.Count + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>The keys under which seeded contacts are known that this platform keeps under other names.</summary>
    public virtual string KeyKind(string kind) => kind;

    /// <summary>Whole seconds, at least one.</summary>
    protected static long Seconds(TimeSpan span) => Math.Max(1, (long)Math.Ceiling(span.TotalSeconds));

    private Answer Serve(Call call, Routes.Route? route, string kind, bool isOtherMethod)
    {
        var failure = Failures.Take(kind, route?.IsOpen ?? false);
        switch (failure?.Kind)
        {
            case FailureKind.Throttle:
                return Throttle(call, TimeSpan.FromSeconds(failure.RetryAfter ?? 2)) is var throttled && throttled.IsRefusal ? throttled : throttled.Because("told to throttle");
            case FailureKind.Outage:
                return Outage(call);
            case FailureKind.Unauthorized:
                return Unauthorized(call);
            case FailureKind.DropConnection:
                return Answer.Ok with { IsLost = true };
            default:
                break;
        }

        if (MaxBodyBytes is { } most && call.Body.Length > most)
        {
            return TooLarge(call);
        }

        if (route is not { IsOpen: true } && (Authenticate(call) ?? Admit(call)) is { } refusal)
        {
            return refusal;
        }

        if (route is null)
        {
            return isOtherMethod ? Refuse(405, "method_not_allowed", $"{call.Method} is not served at {call.RawPath}.") : NotFound(call);
        }

        foreach (var limit in Limits)
        {
            if (limit.Take(kind, call.At) is { } wait)
            {
                return Throttle(call, wait) is var throttled && throttled.IsRefusal ? throttled : throttled.Because($"more than {limit.Calls} calls in {limit.Per}");
            }
        }

        Answer answer;
        try
        {
            answer = route.Serve(call);
        }
        catch (MalformedException e)
        {
            answer = Malformed(call, e.Message);
        }

        return failure?.Kind is FailureKind.DropAnswer ? answer with { IsLost = true } : answer;
    }

    private static string Shorten(string text) => text.Length <= 300 ? text : $"{text[..300]}…";
}
