using System.Collections.Immutable;
using AudienceSync.Fakes;

namespace AudienceSync.Local.Platforms;

/// <summary>One line for each connector.</summary>
internal static class PlatformCases
{
    public static ImmutableArray<PlatformCase> All { get; } =
    [
        new("webhook", PlatformCase.Map(("id", "user_id", true), ("email", "email", false), ("orders", "orders", false)))
        {
            Key = static id => id,
            Members = static state => PlatformCase.MembersOf(state, "VIPs", "external_id"),
            BadRow = static id => [id],
            HasContacts = false,
        },
    ];
}
