namespace AudienceSync.Triggers.Shapes;

/// <summary>A value may be of several types.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AnyOfAttribute(params Type[] types) : Attribute
{
    public IReadOnlyList<Type> Types { get; } = types;

    /// <summary>Each item of the list may be; else the value itself.</summary>
    public bool OfItems { get; init; }
}
