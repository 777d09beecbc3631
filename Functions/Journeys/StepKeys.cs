using System.Security.Cryptography;
using AudienceSync.Ids;

namespace AudienceSync.Journeys;

/// <summary>Makes keys of steps: <c>j_o_opened_email__dje83h</c>.</summary>
/// <remarks>The form is Segment's (segment.com/docs/engage/journeys/send-data, read 2026-08): receivers know <c>j_o_</c> as the step of a journey.</remarks>
internal static class StepKeys
{
    public const string Prefix = "j_o_";

    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int EndingLength = 6;

    public static string Create(string name) => $"{Prefix}{Slug.From(name, "step").Replace('-', '_')}__{RandomNumberGenerator.GetString(Letters, EndingLength)}";
}
