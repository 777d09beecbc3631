namespace AudienceSync.Delivery;

/// <summary>The name of this installation in events about steps of journeys: stable, and without meaning.</summary>
/// <param name="Value"><c>spa_…</c></param>
public sealed record SpaceId(string Value);
