namespace AudienceSync.Faults;

/// <summary>One thing wrong with an input.</summary>
/// <param name="Pointer">JSON Pointer (RFC 6901) to the value at fault; empty for the whole document.</param>
/// <param name="Code">Stable, machine-readable, <c>snake_case</c>.</param>
/// <param name="Detail">For a person: names the value, the limit and the mend.</param>
public sealed record Fault(string Pointer, string Code, string Detail)
{
    /// <summary>The value that was probably meant, or would do; null where there is none to name.</summary>
    public string? Suggestion { get; init; }
}
