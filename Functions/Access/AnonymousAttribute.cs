namespace AudienceSync.Access;

/// <summary>Open to everyone: liveness and published documents only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AnonymousAttribute : Attribute;
