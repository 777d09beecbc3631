namespace AudienceSync.Http;

/// <summary>What an HTTP function takes and answers, for the API's description (<c>docs/openapi.json</c>).</summary>
/// <remarks>
/// Route, verbs, roles, rate limit, the description and what every function of its kind can answer come from elsewhere. What is said here is
/// held against the running app: by its example (<c>Functions.Tests/OpenApi/Examples</c>), and by every answer that an end-to-end test gets.
/// </remarks>
/// <param name="summary">A few words in the imperative: "Create a segment".</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string summary) : Attribute
{
    public string Summary { get; } = summary;

    /// <summary>What its JSON body looks like. Of a PATCH the body of which it is a merge patch: every field optional, <c>null</c> clears.</summary>
    public Type? Body { get; init; }

    /// <summary>The body may be left out.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>The media types of a body that is a file.</summary>
    public string[] Files { get; init; } = [];

    /// <summary>The status when all went well; 204 where there is no answer to show, else 200.</summary>
    public int Status { get; init; }

    public Type? Answer { get; init; }

    /// <summary>The items of the list that it answers, page by page: it takes <c>limit</c> and <c>cursor</c>.</summary>
    public Type? Page { get; init; }

    /// <summary>It takes <c>limit</c> and <c>cursor</c>, and answers a <c>nextLink</c> beside other things.</summary>
    public bool IsPaged { get; init; }

    /// <summary>The list always comes whole.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The list is of named things: it takes <c>search</c> and <c>orderBy</c>.</summary>
    public bool IsNamed { get; init; }

    /// <summary>The media type of the file that it answers.</summary>
    public string? File { get; init; }

    /// <summary>It answers with an ETag, though what it answers shows none.</summary>
    public bool ETag { get; init; }

    /// <summary>It wants an <c>If-Match</c> header.</summary>
    public bool IfMatch { get; init; }

    /// <summary>It heeds an <c>If-Match</c> header, and does without.</summary>
    public bool MayMatch { get; init; }
}

/// <summary>A second way in which an operation succeeds.</summary>
/// <param name="answer">Null for a file, or for no body.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AlsoAnswersAttribute(int status, Type? answer = null) : Attribute
{
    public int Status { get; } = status;

    public Type? Answer { get; } = answer;

    /// <summary>The media type of a file.</summary>
    public string? File { get; init; }

    /// <summary>When it answers so.</summary>
    public string? When { get; init; }
}

/// <summary>The codes with which an operation refuses, beyond those of every operation of its kind.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RefusesAttribute(params string[] codes) : Attribute
{
    public IReadOnlyList<string> Codes { get; } = codes;
}
