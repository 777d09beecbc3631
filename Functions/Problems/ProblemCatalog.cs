using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AudienceSync.Problems;

/// <summary>Every error code of the API. A test holds the list against the codes in the source: none is missing, none is left over.</summary>
public static partial class ProblemCatalog
{
    private const string SampleRequest = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// <summary>In the order of their codes.</summary>
    public static ImmutableArray<ProblemPage> All { get; } =
    [
        .. ((IEnumerable<ProblemPage>)[.. Requests, .. Callers, .. Resources, .. Fields, .. Rules, .. Profiles, .. Destinations, .. Campaigns, .. Config, .. Privacy, .. Filters, .. Connections, .. Queries, .. Imports])
            .OrderBy(page => page.Code, StringComparer.Ordinal),
    ];

    private static readonly FrozenDictionary<string, ProblemPage> ByCode = All.ToFrozenDictionary(page => page.Code, StringComparer.Ordinal);

    public static ProblemPage? Find(string code) => ByCode.GetValueOrDefault(code);

    /// <param name="path">The path, below <c>/api/v1</c>, that the example was called at.</param>
    /// <param name="detail">What the example says.</param>
    private static ProblemPage Refusal(string code, int status, string title, string meaning, string mend, string path, string? detail) =>
        new(code, title, status, ProblemKind.Refusal, meaning, mend)
        {
            Example = new($"/api/v1/problems/{code}", title, status, detail, code, SampleRequest, $"/api/v1/{path}"),
        };

    /// <param name="pointer">Where the example finds it.</param>
    private static ProblemPage Fault(string code, string title, string meaning, string mend, string path, string pointer, string detail) =>
        new(code, title, 422, ProblemKind.Fault, meaning, mend)
        {
            Example = new("/api/v1/problems/validation_failed", "Some fields need attention", 422, Detail: null, "validation_failed", SampleRequest, $"/api/v1/{path}")
            {
                Errors = [new(pointer, code, detail)],
            },
        };
}
