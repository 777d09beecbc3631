using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Problems;

/// <summary>What an error code means and what to do: the page that a problem's <c>type</c> leads to.</summary>
/// <param name="Code">Stable; what programs go by.</param>
/// <param name="Title">A few words.</param>
/// <param name="Status">The HTTP status of a refusal with this code; of a fault, that of the refusal it usually stands in.</param>
/// <param name="Kind">Whether the code is that of a whole refusal, or of one fault among its <c>errors</c>.</param>
/// <param name="Meaning">What is wrong.</param>
/// <param name="WhatToDo">How to mend it.</param>
public sealed record ProblemPage(string Code, string Title, int Status, ProblemKind Kind, string Meaning, string WhatToDo)
{
    /// <summary>Where the code is found.</summary>
    public string Type => $"/api/v1/problems/{Code}";

    /// <summary>A problem document as it is answered.</summary>
    public required ProblemExample Example { get; init; }
}

[JsonConverter(typeof(CamelCaseEnumConverter<ProblemKind>))]
public enum ProblemKind
{
    /// <summary>The <c>code</c> of a refusal.</summary>
    Refusal,

    /// <summary>The <c>code</c> of an entry of <c>errors</c>, of a result of a batch, or of a rejected line of an import.</summary>
    Fault,
}

/// <summary>A problem document.</summary>
public sealed record ProblemExample(string Type, string Title, int Status, string? Detail, string Code, string RequestId, string Instance)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ProblemExampleFault>? Errors { get; init; }
}

public sealed record ProblemExampleFault(string Pointer, string Code, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemPage))]
[JsonSerializable(typeof(ProblemExample))]
internal sealed partial class ProblemsJson : JsonSerializerContext;
