using AudienceSync.Local.Platforms.Players;

namespace AudienceSync.Local.Platforms;

/// <summary>The platforms in play: one line for each.</summary>
internal static class PlatformList
{
    public static IEnumerable<Platform> Create(TimeProvider time) =>
    [
        new Klaviyo(time),
    ];
}
