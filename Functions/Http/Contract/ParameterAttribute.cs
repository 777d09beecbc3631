namespace AudienceSync.Http;

/// <summary>A query parameter that an operation takes; it refuses every other one with 400 <c>unknown_parameter</c>.</summary>
/// <param name="description">A sentence: what it does, and what holds without it.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ParameterAttribute(string name, string description) : Attribute
{
    public string Name { get; } = name;

    public string Description { get; } = description;

    /// <summary>Of one value: text unless given.</summary>
    public Type Type { get; init; } = typeof(string);

    /// <summary>The words that it takes; empty for any.</summary>
    public string[] Values { get; init; } = [];

    /// <summary>It may be repeated, or hold several values with commas between.</summary>
    public bool Many { get; init; }

    public bool Required { get; init; }
}
